"""Wrong texts, tokenizers and numbers, for models of all three kinds: a sentence, or an answer with a notice."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModel, AutoModelForSequenceClassification, PreTrainedTokenizerFast

from memviz.core.errors import KnownError
from memviz.core.events import (
    BeamEvent,
    EmbeddingEvent,
    EncoderEvent,
    Event,
    FinishEvent,
    HypothesesEvent,
    NoticeEvent,
    OutputEvent,
    PromptEvent,
    ReadEvent,
)
from memviz.core.query import Query, Turn
from memviz.models import limits
from memviz.models.causal.model import CausalLanguageModel
from memviz.models.encoder.model import EncoderModel
from memviz.models.seq2seq.model import Seq2SeqModel
from tests.models.tiny import entries, tiny_encoder, tiny_model, tiny_seq2seq, tiny_tokenizer

TEXT = "who directed Blade Runner?"


def causal(tokenizer: Any = None, **changes: Any) -> CausalLanguageModel:
    return CausalLanguageModel(tiny_model("llama", **changes), tokenizer or tiny_tokenizer(), name="tiny")


def seq2seq(tokenizer: Any = None, **changes: Any) -> Seq2SeqModel:
    return Seq2SeqModel(tiny_seq2seq("bart", **changes), tokenizer or tiny_tokenizer(), name="tiny")


def words(tokenizer: Any = None, **changes: Any) -> EncoderModel:
    tokenizer = tokenizer or tiny_tokenizer(mask_token="<mask>")
    return EncoderModel(tiny_encoder("bert", **changes), tokenizer, name="tiny", head="words")


def plain(tokenizer: Any = None, **changes: Any) -> EncoderModel:
    model = tiny_encoder("bert", head=AutoModel, **changes)
    return EncoderModel(model, tokenizer or tiny_tokenizer(), name="tiny", head="none")


def labels(tokenizer: Any = None, **changes: Any) -> EncoderModel:
    model = tiny_encoder("bert", head=AutoModelForSequenceClassification, **changes)
    return EncoderModel(model, tokenizer or tiny_tokenizer(), name="tiny", head="labels")


KINDS: dict[str, Callable[..., Any]] = {
    "causal": causal,
    "seq2seq": seq2seq,
    "words": words,
    "plain": plain,
    "labels": labels,
}
each_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def run(model: Any, text: str = TEXT, given: tuple[str, ...] = (), **options: Any) -> list[Event]:
    return list(model.run(Query(text, **{"max_tokens": 3, **options}), entries(*given), None))


def of(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def notices(events: list[Event]) -> str:
    return "\n".join(notice.message for notice in of(events, NoticeEvent))


def few_words(*known: str) -> PreTrainedTokenizerFast:
    """Whole words; all others are ``<unk>``."""
    vocabulary = {word: at for at, word in enumerate(["<unk>", "<s>", "</s>", *known])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="<unk>", bos_token="<s>", eos_token="</s>", mask_token="<mask>"
    )


# -- tokenizers ------------------------------------------------------------------------------------------------------


@each_kind
def test_neither_pad_token_nor_chat_template_is_needed(make: Callable[..., Any]) -> None:
    tokenizer = tiny_tokenizer(mask_token="<mask>")
    tokenizer.pad_token = None
    assert tokenizer.pad_token_id is None
    assert tokenizer.chat_template is None
    events = run(make(tokenizer), given=("Alien was released in 1979.", "a"))
    assert isinstance(events[-1], FinishEvent)


@each_kind
def test_a_tokenizer_of_another_model_is_named(make: Callable[..., Any]) -> None:
    tokenizer = tiny_tokenizer(mask_token="<mask>")
    tokenizer.add_tokens([f"zz{number}" for number in range(400)])
    model = make(tokenizer)
    assert isinstance(run(model)[-1], FinishEvent)
    with pytest.raises(KnownError, match="makes tokens beyond the 600 that the model knows; get the tokenizer"):
        run(model, "who zz399?")


def test_also_in_the_entries_that_an_encoder_compares() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens([f"zz{number}" for number in range(400)])
    with pytest.raises(KnownError, match="makes tokens beyond the 600"):
        run(plain(tokenizer), given=("zz399",))


@each_kind
def test_characters_that_the_tokenizer_does_not_know_are_told(make: Callable[..., Any]) -> None:
    events = run(make(few_words("who", "directed", "Facts", "Question", "Answer", ":", "?")), "who directed 电影 片 ?")
    said = notices(events)
    assert (
        "3 characters of the text are unknown to the tokenizer of “tiny” (电 影 片), and it reads <unk> instead" in said
    )
    assert isinstance(events[-1], FinishEvent)


@each_kind
def test_nothing_is_told_where_all_are_known(make: Callable[..., Any]) -> None:
    tokenizer = few_words("who", "directed", "Facts", "Question", "Answer", ":", "?")
    assert "unknown" not in notices(run(make(tokenizer), "who directed?"))
    assert "unknown" not in notices(run(make(), "电影的导演是谁？"))  # bytes know every character


def test_an_entry_without_tokens_is_like_nothing() -> None:
    (embedding,) = of(run(plain(few_words("who", "?")), "who?", given=("\u3000", "who")), EmbeddingEvent)
    assert dict(embedding.cosines)[10] == 0.0
    assert embedding.cosines[0][0] == 11


# -- texts -----------------------------------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("text", ["a", " ", "\n\t", "[SEP]", "</s>", "<s></s><pad>", "<mask>", "<mask>" * 9, "\x00"])
def test_short_and_strange_texts(make: Callable[..., Any], text: str) -> None:
    events = run(make(), text)
    assert isinstance(events[-1], FinishEvent)
    (prompt,) = of(events, PromptEvent)
    for read in of(events, ReadEvent):
        assert read.read_weights.shape[-1] == len(prompt.slots)
        np.testing.assert_allclose(read.read_weights.sum(-1), 1.0, atol=1e-4)


@pytest.mark.parametrize("make", [words, plain, labels, seq2seq])
def test_strings_of_special_tokens_are_ordinary_text(make: Callable[..., Any]) -> None:
    (prompt,) = of(run(make(), "a</s>b"), PromptEvent)
    assert 2 not in prompt.token_ids


@pytest.mark.parametrize("make", [words, plain, labels, seq2seq, causal])
def test_a_text_of_100_000_characters_is_refused_by_its_length(make: Callable[..., Any]) -> None:
    with pytest.raises(KnownError, match=r"can read only 25\d"):
        run(make(), "Alien " * 16_667)


def test_a_text_whose_position_biases_no_memory_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A T5 sets no limit; at 50,000 tokens its 4 heads would take 120 GB."""
    model = Seq2SeqModel(tiny_seq2seq("t5"), tiny_tokenizer(), name="tiny")
    assert model.context_length is None
    monkeypatch.setattr(limits, "free_memory", lambda: 16_000_000_000)
    with pytest.raises(KnownError, match=r"of 50,000 tokens takes “tiny” about 120.0 GB .* 16.0 GB are free; shorten"):
        run(model, "12" * 25_000)
    assert isinstance(run(model, "12" * 100)[-1], FinishEvent)


def test_a_mask_in_every_place_and_in_either_spelling() -> None:
    model = words()
    events = run(model, "[MASK]" + "<mask>" * 4 + "[MASK]")
    (prompt,) = of(events, PromptEvent)
    assert prompt.token_ids == (model._tokenizer.mask_token_id,) * 6
    assert "6 words are predicted" in notices(events)


def test_a_classifier_with_one_label_says_its_number() -> None:
    events = run(labels(num_labels=1))
    assert float(events[-1].answer) == pytest.approx(float(events[-1].answer))
    assert of(events, OutputEvent)[-1].alternatives == ()


def test_a_classifier_of_several_labels_at_once() -> None:
    model = labels(num_labels=3, problem_type="multi_label_classification")
    events = run(model)
    logits = model._loaded()(torch.tensor([of(events, PromptEvent)[0].token_ids])).logits[0]
    likely = [name for name, value in zip(model.labels, logits.sigmoid().tolist(), strict=True) if value >= 0.5]
    assert events[-1].answer == (", ".join(likely) or model.labels[int(logits.argmax())])


# -- numbers ---------------------------------------------------------------------------------------------------------


def until_refused(model: Any, query: Query, words: str) -> list[Event]:
    """What is told before a run fails with these words."""
    seen: list[Event] = []
    events = model.run(query, entries("a", "b"), None)
    with pytest.raises(KnownError, match=words):
        seen.extend(events)  # one by one, so that what comes before the error stays
    return seen


def spoil(model: Any, where: str, value: float) -> None:
    with torch.no_grad():
        model._loaded().get_parameter(where).fill_(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize(
    ("make", "where", "options"),
    [
        (causal, "lm_head.weight", {}),
        (causal, "lm_head.weight", {"temperature": 0.7}),
        (causal, "model.layers.1.mlp.down_proj.weight", {}),
        (seq2seq, "lm_head.weight", {"beams": 1}),
        (seq2seq, "lm_head.weight", {"beams": 3}),
        (seq2seq, "model.encoder.layers.1.fc2.bias", {"beams": 1}),
        (seq2seq, "model.decoder.layers.1.fc2.bias", {"beams": 3}),
        (words, "cls.predictions.bias", {}),
        (labels, "classifier.bias", {}),
        (plain, "encoder.layer.1.output.LayerNorm.bias", {}),
        (plain, "embeddings.LayerNorm.bias", {}),
    ],
    ids=lambda value: value.__name__ if callable(value) else str(value),
)
def test_broken_numbers_are_said_and_never_shown(
    make: Callable[..., Any], where: str, options: dict[str, Any], value: float
) -> None:
    model = make()
    spoil(model, where, value)
    words = r"broken numbers \(NaN\) at step \d; load it as float32 or check"
    for event in until_refused(model, Query("Alien <mask>", max_tokens=3, **options), words):
        for name in ("read_weights", "attention", "vector"):
            array = getattr(event, name, None)
            assert array is None or np.isfinite(array).all(), event


def test_the_layers_before_broken_ones_are_kept() -> None:
    model = plain()
    spoil(model, "encoder.layer.1.output.LayerNorm.bias", float("nan"))
    seen = until_refused(model, Query(TEXT), "at step 1")
    assert [output.step for output in of(seen, OutputEvent)] == [0]
    assert [read.step for read in of(seen, ReadEvent)] == [0]
    assert not of(seen, EmbeddingEvent)
    assert not of(seen, EncoderEvent)


def test_an_entry_whose_vector_is_broken_is_no_best_match() -> None:
    model = plain()
    with torch.no_grad():
        model._loaded().get_input_embeddings().weight[model._tokenizer("~")["input_ids"][0]] = float("nan")
    with pytest.raises(KnownError, match="broken numbers"):
        run(model, given=("~", "Alien"))


@pytest.mark.parametrize("make", [causal, seq2seq])
@pytest.mark.parametrize("temperature", [1e-45, 1e-40, 1e-30])
def test_the_smallest_temperatures_answer_as_greedy(make: Callable[..., Any], temperature: float) -> None:
    model = make()
    cold = [output.token_id for output in of(run(model, temperature=temperature), OutputEvent)]
    greedy = [output.token_id for output in of(run(model, beams=1), OutputEvent)]
    assert cold == greedy


# -- beams and options -----------------------------------------------------------------------------------------------


def test_more_beams_than_words() -> None:
    model = seq2seq(few_words("who", "?"), vocab_size=5, forced_eos_token_id=None)
    for max_tokens in (1, 3):
        events = run(model, "who?", beams=64, max_tokens=max_tokens)
        (found,) = of(events, HypothesesEvent)
        assert len(found.hypotheses) <= 64
        assert isinstance(events[-1], FinishEvent)


def test_sampling_says_that_it_searches_with_no_beams() -> None:
    events = run(seq2seq(), beams=4, temperature=0.7)
    assert "Sampling at a temperature of 0.7 searches with no beams; set it to 0 to search with 4." in notices(events)
    assert not of(events, BeamEvent)


def test_a_search_keeps_no_table_over_the_vocabulary() -> None:
    model = seq2seq(vocab_size=4_001)
    events = model.run(Query(TEXT, max_tokens=9, beams=3), [], None)
    for event in events:
        if isinstance(event, BeamEvent) and event.search_step == 7:
            break
    gc.collect()
    tables = [thing for thing in gc.get_objects() if type(thing) is torch.Tensor and thing.shape[-1:] == (4_001,)]
    assert len([table for table in tables if table.ndim == 2]) <= 1
    events.close()


@pytest.mark.parametrize("make", [causal, seq2seq])
def test_an_answer_of_no_tokens_is_refused(make: Callable[..., Any]) -> None:
    with pytest.raises(KnownError, match="at least 1 token, not 0"):
        run(make(), max_tokens=0)


@pytest.mark.parametrize(("window", "words"), [(1, "the window holds only 1"), (-1, "at least 1 token")])
@pytest.mark.parametrize("make", [causal, seq2seq])
def test_windows_in_which_nothing_fits(make: Callable[..., Any], window: int, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        run(make(), window=window)


# -- dialogues -------------------------------------------------------------------------------------------------------

ALTERNATING = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant.') }}{% endif %}"
    "<|im_start|>{{ m.role }} {{ m.content }}<|im_end|>{% endfor %}<|im_start|>assistant "
)


def chatting(template: str = ALTERNATING) -> CausalLanguageModel:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = template
    return causal(tokenizer)


def test_a_chat_template_that_refuses_two_turns_of_the_user() -> None:
    model = chatting()
    assert isinstance(run(model)[-1], FinishEvent)
    with pytest.raises(KnownError, match=r"refuses what was said before \(.*alternate user/assistant\); let user and"):
        run(model, dialogue=(Turn("user", "I like Alien."),))
    whole = (Turn("user", "I like Alien."), Turn("assistant", ""))
    assert isinstance(run(model, dialogue=whole)[-1], FinishEvent)


@pytest.mark.parametrize(
    "template", ["{{ raise_exception('no\nway.') }}", "{{ 1 / 0 }}", "{{ messages[0].x.y.z }}", "{%"]
)
def test_a_chat_template_that_fails(template: str) -> None:
    with pytest.raises(KnownError, match=r"chat template cannot be used .*; repair chat_template") as caught:
        run(chatting(template))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [causal, chatting])
def test_a_long_dialogue_loses_its_oldest_turns_and_no_entry(make: Callable[[], CausalLanguageModel]) -> None:
    turns = (Turn("user", "and Alien?"), Turn("assistant", "")) * 12
    events = run(make(), given=("Alien was released in 1979.",), dialogue=turns)
    (prompt,) = of(events, PromptEvent)
    assert 0 < prompt.cut_turns < len(turns)
    assert not prompt.cut
    spare = prompt.context_length - prompt.answer_room - len(prompt.token_ids)
    assert 0 <= spare < 2 * len(prompt.token_ids) / (len(turns) - prompt.cut_turns)  # another exchange would not fit
    assert isinstance(events[-1], FinishEvent)
