"""Encoder-decoder models: answers and beams against transformers' ``generate``, slots, notices, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from memviz.core.errors import KnownError
from memviz.core.events import (
    BeamEvent,
    EncoderEvent,
    Event,
    FinishEvent,
    HypothesesEvent,
    NoticeEvent,
    OutputEvent,
    PromptEvent,
    ReadEvent,
)
from memviz.core.query import Query
from memviz.models.prompts.template import PromptTemplate
from memviz.models.seq2seq.model import Seq2SeqModel
from tests.models.tiny import SEQ2SEQ, entries, tiny_seq2seq, tiny_tokenizer

TEXT = "who directed Blade Runner?"


def loaded(name: str, seed: int = 0, **rules: Any) -> Seq2SeqModel:
    # As many layers on both sides: generate() makes no cache for a T5 with more in its decoder.
    changes = {"num_decoder_layers": 2} if name == "t5" else {}
    model = tiny_seq2seq(name, seed, **changes)
    for key, value in rules.items():
        setattr(model.generation_config, key, value)
    return Seq2SeqModel(model, tiny_tokenizer(), name="tiny")


def generated(wrapped: Seq2SeqModel, ids: tuple[int, ...], **options: Any) -> Any:
    model = wrapped._loaded()
    source = torch.tensor([ids])
    return model.generate(
        source,
        attention_mask=torch.ones_like(source),
        do_sample=False,
        return_dict_in_generate=True,
        output_scores=True,
        **options,
    )


def until_end(ids: list[int], end: int = 2) -> list[int]:
    return ids[: ids.index(end) + 1] if end in ids else ids


def run(wrapped: Seq2SeqModel, **options: Any) -> list[Event]:
    return list(wrapped.run(Query(TEXT, **options), [], None))


def of(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.mark.parametrize("name", SEQ2SEQ)
def test_greedy_answers_are_those_of_generate(name: str) -> None:
    wrapped = loaded(name)
    events = run(wrapped, max_tokens=12, beams=1)
    (prompt,) = of(events, PromptEvent)
    told = [output.token_id for output in of(events, OutputEvent)]
    expected = generated(wrapped, prompt.token_ids, num_beams=1, max_new_tokens=12).sequences[0, 1:].tolist()
    assert told == until_end(expected)


@pytest.mark.parametrize("early", [False, True, "never"])
@pytest.mark.parametrize("penalty", [1.0, 0.0, 2.0])
@pytest.mark.parametrize(("name", "seed"), [("t5", 0), ("t5", 1), ("bart", 0), ("marian", 3)])
def test_beams_find_what_generate_finds(name: str, seed: int, penalty: float, early: Any) -> None:
    wrapped = loaded(name, seed, length_penalty=penalty, early_stopping=early)
    model = wrapped._loaded()
    with torch.no_grad():  # so that texts of many lengths end
        model.get_output_embeddings().weight[2] += 0.1 * torch.sign(model.get_output_embeddings().weight[2])
    events = run(wrapped, max_tokens=10, beams=3)
    (prompt,) = of(events, PromptEvent)
    (found,) = of(events, HypothesesEvent)
    expected = generated(wrapped, prompt.token_ids, num_beams=3, num_return_sequences=3, max_new_tokens=10)
    told = [output.token_id for output in of(events, OutputEvent)]
    assert told == until_end(expected.sequences[0, 1:].tolist())
    scores = [each.score for each in found.hypotheses]
    np.testing.assert_allclose(scores, expected.sequences_scores[: len(scores)], atol=1e-4)
    assert found.length_penalty == penalty


def test_the_chosen_texts_reads_are_those_of_reading_it_alone() -> None:
    wrapped = loaded("bart", 5)
    events = run(wrapped, max_tokens=8, beams=4)
    (prompt,) = of(events, PromptEvent)
    told = [2, *(output.token_id for output in of(events, OutputEvent))]
    model = wrapped._loaded()
    from tests.models.test_architectures import eager

    with torch.no_grad():
        expected = eager(model)(
            input_ids=torch.tensor([prompt.token_ids]), decoder_input_ids=torch.tensor([told]), output_attentions=True
        )
    for read in of(events, ReadEvent):
        rows = np.stack([layer[0, :, read.step].numpy() for layer in expected.cross_attentions])
        for slot in prompt.slots:
            summed = sum(rows[..., start:end].sum(-1) for start, end in slot.spans)
            np.testing.assert_allclose(read.read_weights[..., slot.index], summed, atol=1e-4)
    logprobs = torch.log_softmax(expected.logits[0], dim=-1)
    for output in of(events, OutputEvent):
        assert output.logprob == pytest.approx(float(logprobs[output.step, output.token_id]), abs=1e-4)


def test_beams_are_told_step_by_step_and_the_path_leads_through_them() -> None:
    events = run(loaded("t5", 1), max_tokens=8, beams=3)
    beams = of(events, BeamEvent)
    (found,) = of(events, HypothesesEvent)
    best = found.hypotheses[0]
    assert [event.search_step for event in beams] == list(range(len(beams)))
    text = beams[len(best.path) - 1].beams[best.path[-1]].text
    assert text.strip() == best.text.strip() == events[-1].answer.strip()
    for step, at in enumerate(best.path):
        beam = beams[step].beams[at]
        assert beam.parent == (best.path[step - 1] if step else -1)
    assert all(event.beams[0].logprob >= beam.logprob for event in beams for beam in event.beams if beam.kept)
    kinds = [type(event) for event in events]
    assert kinds.index(HypothesesEvent) < kinds.index(ReadEvent)


@pytest.mark.parametrize(
    "rules",
    [
        {"no_repeat_ngram_size": 2},
        {"bad_words_ids": [[7], [9]]},
        {"min_length": 8},
        {"forced_bos_token_id": 17},
        {"forced_eos_token_id": 2},
        {"suppress_tokens": list(range(300, 600))},
        {"begin_suppress_tokens": list(range(200, 600))},
        {"repetition_penalty": 1.7},
    ],
    ids=lambda rules: next(iter(rules)),
)
@pytest.mark.parametrize("beams", [1, 3])
def test_the_rules_of_a_models_configuration_are_followed(rules: dict[str, Any], beams: int) -> None:
    wrapped = loaded("bart", 2, **rules)
    events = run(wrapped, max_tokens=12, beams=beams)
    (prompt,) = of(events, PromptEvent)
    expected = generated(wrapped, prompt.token_ids, num_beams=beams, max_new_tokens=12).sequences[0, 1:].tolist()
    assert [output.token_id for output in of(events, OutputEvent)] == until_end(expected)


def test_the_models_own_number_of_beams_is_the_default() -> None:
    wrapped = loaded("t5", num_beams=2)
    assert of(run(wrapped, max_tokens=3), BeamEvent)
    assert not of(run(wrapped, max_tokens=3, beams=1), BeamEvent)
    assert not of(run(wrapped, max_tokens=3, temperature=0.5), BeamEvent)


def test_every_token_of_the_source_is_a_slot() -> None:
    events = run(loaded("t5"), max_tokens=2)
    (prompt,) = of(events, PromptEvent)
    sources = [slot for slot in prompt.slots if slot.kind == "source"]
    assert [prompt.token_texts[slot.spans[0][0]].strip() for slot in sources] == [slot.label for slot in sources]
    assert "".join(prompt.token_texts).startswith(TEXT)
    assert len(prompt.slots) == len(sources)
    (encoder,) = of(events, EncoderEvent)
    assert encoder.attention.shape == (2, 4, len(prompt.token_ids), len(prompt.token_ids))


def test_with_entries_in_the_template_entries_are_slots() -> None:
    template = PromptTemplate("facts: {entries} question: {question}", without_entries=True)
    wrapped = Seq2SeqModel(tiny_seq2seq("t5"), tiny_tokenizer(), name="tiny", template=template)
    assert wrapped.recall.kind == "lexical"
    events = list(wrapped.run(Query(TEXT, max_tokens=2), entries("Alien was released in 1979.", "Blade"), None))
    (prompt,) = of(events, PromptEvent)
    assert [slot.kind for slot in prompt.slots] == ["instructions", "entry", "entry", "question"]
    for read in of(events, ReadEvent):
        np.testing.assert_allclose(read.read_weights.sum(-1), 1.0, atol=1e-5)


def test_a_text_that_does_not_fit_is_refused_not_cut() -> None:
    with pytest.raises(KnownError, match="can read only 256"):
        list(loaded("bart").run(Query("Alien was released. " * 200), [], None))


def test_broken_numbers_are_said() -> None:
    wrapped = loaded("t5")
    with torch.no_grad():
        wrapped._loaded().get_output_embeddings().weight.fill_(float("nan"))
    for beams in (1, 3):
        with pytest.raises(KnownError, match="broken numbers"):
            list(wrapped.run(Query(TEXT, max_tokens=4, beams=beams), [], None))


def test_an_answer_ends_with_a_finish() -> None:
    for beams in (1, 3):
        events = run(loaded("pegasus"), max_tokens=4, beams=beams)
        assert isinstance(events[-1], FinishEvent)
        assert "".join(output.text for output in of(events, OutputEvent)).strip() == events[-1].answer.strip()
        assert not of(events, NoticeEvent)


def test_a_questions_own_template_may_ask_for_entries(tmp_path: Any) -> None:
    from memviz.core.edits import Insert
    from memviz.session.session import Session

    with Session() as session:
        session.open_memory(str(tmp_path / "m.sqlite"), create=True).result()
        session.edit(Insert(key="Alien", text="Alien was released in 1979."))
        session.use_model(loaded("t5")).result()
        plain = session.ask("Alien", max_tokens=2, beams=1).wait(30)
        assert plain.trace.recall is None
        asked = session.ask("Alien", max_tokens=2, beams=1, template="facts: {entries} question: {question}").wait(30)
        assert [slot.kind for slot in asked.trace.prompt.slots] == ["instructions", "entry", "question"]
        assert asked.entries()[0].attention > 0


def test_each_character_of_a_chinese_source_is_the_token_it_stands_for() -> None:
    from memviz.models.transformer import load_transformer
    from memviz.session.bundled import model_folder

    model = load_transformer(str(model_folder("number-words")))
    prompt = model.prompt(Query("会议在22日"), [])
    assert [slot.label for slot in prompt.slots if slot.kind == "source"] == ["␣", *"会议在22日"]
    assert "".join(prompt.tokens.texts).startswith("会议在22日")
