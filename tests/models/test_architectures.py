"""Every architecture that the documents name: captured attention against the architecture's own eager attention."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, PreTrainedModel

from memviz.core.events import EncoderEvent, Event, FinishEvent, OutputEvent, PromptEvent, ReadEvent
from memviz.core.query import Query
from memviz.models.attention.probe import probe_capture, probe_seq2seq
from memviz.models.encoder.model import EncoderModel
from memviz.models.seq2seq.model import Seq2SeqModel
from tests.models.architecture_table import CAUSAL, on_page, table
from tests.models.tiny import ENCODERS, SEQ2SEQ, tiny_encoder, tiny_model, tiny_seq2seq, tiny_tokenizer

#: Those whose attention is read by the slower way; at most three are allowed.
EAGER = {"gemma2", "falcon", "deberta-v2"}


def events_of(model: Any, text: str = "Ridley Scott directed Alien", **options: Any) -> list[Event]:
    return list(model.run(Query(text, **options), [], None))


def of(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def eager(model: PreTrainedModel) -> PreTrainedModel:
    """The same weights, attending by the architecture's own formula."""
    oracle = type(model)._from_config(copy.deepcopy(model.config), attn_implementation="eager").eval()
    oracle.load_state_dict(model.state_dict())
    return oracle


@pytest.mark.parametrize("name", CAUSAL)
def test_causal_models_are_captured_live_or_say_that_they_are_not(name: str) -> None:
    kind = probe_capture(tiny_model(name))
    assert kind.name == ("eager" if name in EAGER else "rows"), kind
    assert (kind.layers, kind.heads) == (2, 4)


@pytest.mark.parametrize("name", SEQ2SEQ)
def test_cross_attention_and_the_encoders_own_equal_eager_attention(name: str) -> None:
    model = tiny_seq2seq(name)
    loaded = Seq2SeqModel(model, tiny_tokenizer(), name="tiny")
    assert (loaded.capture, loaded.encoder_capture) == ("rows", "rows")
    events = events_of(loaded, max_tokens=6, beams=1)
    (prompt,) = of(events, PromptEvent)
    (encoder,) = of(events, EncoderEvent)
    reads, outputs = of(events, ReadEvent), of(events, OutputEvent)
    told = [model.config.decoder_start_token_id, *(output.token_id for output in outputs)]
    with torch.no_grad():
        expected = eager(model)(
            input_ids=torch.tensor([prompt.token_ids]), decoder_input_ids=torch.tensor([told]), output_attentions=True
        )
    np.testing.assert_allclose(
        encoder.attention, np.stack([layer[0].numpy() for layer in expected.encoder_attentions]), atol=1e-4
    )
    owner = np.zeros((len(prompt.token_ids), len(prompt.slots)))
    for slot in prompt.slots:
        for start, end in slot.spans:
            owner[start:end, slot.index] = 1
    for read in reads:
        rows = np.stack([layer[0, :, read.step].numpy() for layer in expected.cross_attentions])  # [L, H, T]
        np.testing.assert_allclose(read.read_weights, rows @ owner, atol=1e-4)


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoders_attention_equals_eager_attention(name: str) -> None:
    model = tiny_encoder(name)
    tokenizer = tiny_tokenizer(mask_token="[MASK]")
    loaded = EncoderModel(model, tokenizer, name="tiny", head="words")
    assert loaded.capture == ("eager" if name in EAGER else "rows")
    events = events_of(loaded, "Ridley Scott [MASK] Alien, and Blade Runner was directed by him as well")
    (prompt,) = of(events, PromptEvent)
    (encoder,) = of(events, EncoderEvent)
    with torch.no_grad():
        expected = eager(model)(input_ids=torch.tensor([prompt.token_ids]), output_attentions=True).attentions
    matrices = np.stack([layer[0].numpy() for layer in expected])  # [L, H, T, T]
    np.testing.assert_allclose(encoder.attention, matrices, atol=1e-4)
    mask = prompt.token_ids.index(tokenizer.mask_token_id)
    for read in of(events, ReadEvent):
        np.testing.assert_allclose(read.read_weights.sum(-1), 1.0, atol=1e-5)
        slot = next(slot for slot in prompt.slots if slot.spans == ((mask, mask + 1),))
        np.testing.assert_allclose(read.read_weights[:, slot.index], matrices[read.step, :, mask, mask], atol=1e-4)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_last_layers_words_are_the_models_own(name: str) -> None:
    model = tiny_encoder(name)
    tokenizer = tiny_tokenizer(mask_token="[MASK]")
    loaded = EncoderModel(model, tokenizer, name="tiny", head="words")
    events = events_of(loaded, "Ridley [MASK] directed [MASK]")
    (prompt,) = of(events, PromptEvent)
    outputs = of(events, OutputEvent)
    assert len(outputs) == loaded.layers == 2
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([prompt.token_ids])).logits[0]
    masks = [at for at, token in enumerate(prompt.token_ids) if token == tokenizer.mask_token_id]
    logprobs = torch.log_softmax(logits[masks], dim=-1)
    assert outputs[-1].token_id == int(logprobs[0].argmax())
    assert outputs[-1].logprob == pytest.approx(float(logprobs[0].max()), abs=1e-4)
    others = [(a.token_id, a.logprob) for a in outputs[-1].alternatives]
    best = torch.topk(logprobs[0], 6)
    assert [token for token, _ in others] == best.indices[1:].tolist()
    np.testing.assert_allclose([value for _, value in others], best.values[1:], atol=1e-4)
    words = " ".join(tokenizer.decode([int(row.argmax())]).strip() for row in logprobs)
    assert events[-1].answer == words


@pytest.mark.parametrize("name", ENCODERS)
def test_the_last_layers_label_is_the_models_own(name: str) -> None:
    labels = {"id2label": {0: "director", 1: "actor", 2: "year"}, "label2id": {"director": 0, "actor": 1, "year": 2}}
    model = tiny_encoder(name, head=AutoModelForSequenceClassification, **labels)
    loaded = EncoderModel(model, tiny_tokenizer(), name="tiny", head="labels")
    events = events_of(loaded, "who directed Alien?")
    (prompt,) = of(events, PromptEvent)
    with torch.no_grad():
        logprobs = torch.log_softmax(model(input_ids=torch.tensor([prompt.token_ids])).logits[0], dim=-1)
    output = of(events, OutputEvent)[-1]
    assert events[-1].answer == output.text == labels["id2label"][int(logprobs.argmax())]
    assert output.logprob == pytest.approx(float(logprobs.max()), abs=1e-4)
    assert {a.text for a in output.alternatives} | {output.text} == {"director", "actor", "year"}


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_is_as_it_was_after_a_run(name: str) -> None:
    model = tiny_encoder(name)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    modules = dict(model.named_modules())
    loaded = EncoderModel(model, tiny_tokenizer(mask_token="[MASK]"), name="tiny", head="words")
    first = events_of(loaded, "Ridley [MASK]")
    second = events_of(loaded, "Ridley [MASK]")
    assert dict(model.named_modules()) == modules
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
    assert of(first, OutputEvent) == of(second, OutputEvent)


@pytest.mark.parametrize("name", ["bert", "modernbert", "deberta-v2"])
def test_of_a_long_text_only_the_row_in_focus_is_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from memviz.models.attention import matrices as attention_matrices

    model = tiny_encoder(name, head=AutoModel)
    short = events_of(EncoderModel(model, tiny_tokenizer(), name="tiny", head="none"), "Alien " * 20)
    monkeypatch.setattr(attention_matrices.MatrixRecording.__init__, "__kwdefaults__", {"most": 100})
    long = events_of(EncoderModel(model, tiny_tokenizer(), name="tiny", head="none"), "Alien " * 20)
    assert of(short, EncoderEvent)
    assert not of(long, EncoderEvent)
    for one, other in zip(of(short, ReadEvent), of(long, ReadEvent), strict=True):
        np.testing.assert_allclose(one.read_weights, other.read_weights, atol=1e-5)


def test_batches_and_padding_are_captured() -> None:
    """Rows of a padded batch equal those of each text alone."""
    from memviz.models.attention.capture import Recording, attention_configs, capture_rows

    model = tiny_model("llama")
    ids = torch.tensor([[0, 0, 11, 12, 13], [21, 22, 23, 24, 25]])
    mask = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])
    positions = (mask.cumsum(1) - 1).clamp_min(0)
    recording = Recording(None, 5)
    with torch.no_grad(), capture_rows(attention_configs(model), recording):
        model(input_ids=ids, attention_mask=mask, position_ids=positions)
        oracle = eager(model)(input_ids=ids, attention_mask=mask, position_ids=positions, output_attentions=True)
    rows = recording.weights()
    assert rows.shape == (2, 2, 4, 5)
    expected = torch.stack([layer[:, :, -1] for layer in oracle.attentions])
    np.testing.assert_allclose(rows, expected, atol=1e-4)
    assert (rows[:, 0, :, :2] == 0).all()


def test_a_static_cache_is_captured_without_its_empty_places() -> None:
    from transformers import StaticCache

    from memviz.models.attention.capture import Recording, attention_configs, capture_rows

    model = tiny_model("llama")
    ids = torch.arange(3, 12)[None]
    cache = StaticCache(config=model.config, max_cache_len=32)
    with torch.no_grad():
        for start, stop in ((0, 8), (8, 9)):
            recording = Recording(None, stop)
            with capture_rows(attention_configs(model), recording):
                model(
                    input_ids=ids[:, start:stop],
                    past_key_values=cache,
                    cache_position=torch.arange(start, stop),
                    use_cache=True,
                )
            oracle = eager(model)(input_ids=ids[:, :stop], output_attentions=True).attentions
            np.testing.assert_allclose(recording.weights(), [layer[:, :, -1] for layer in oracle], atol=1e-4)


def test_the_finish_of_an_encoder_says_what_its_outputs_say() -> None:
    loaded = EncoderModel(tiny_encoder("bert", head=AutoModel), tiny_tokenizer(), name="tiny", head="none")
    events = events_of(loaded, "Alien")
    assert isinstance(events[-1], FinishEvent)
    assert probe_seq2seq(tiny_seq2seq("t5")).cross.layers == 3


def test_the_readme_says_of_each_architecture_how_it_is_captured() -> None:
    made = table()
    assert on_page() == made, "write it anew: python -m tests.models.architecture_table"
    assert "unsupported" not in made
    assert sum(len(line.split("|")[2].split(",")) for line in made.splitlines() if "eager fallback" in line) <= 3


def test_options_that_a_model_has_no_use_for_are_told() -> None:
    from memviz.core.events import NoticeEvent
    from memviz.core.neurons import NeuronScale
    from memviz.core.query import Turn

    options = {"beams": 4, "dialogue": (Turn("user", "hi"),), "neurons": (NeuronScale(0, 1),), "window": 200}

    def told(model: Any, *names: str) -> str:
        events = events_of(model, "who directed Alien?", max_tokens=2, **{name: options[name] for name in names})
        return " ".join(event.message for event in of(events, NoticeEvent))

    encoder = EncoderModel(
        tiny_encoder("bert", head=AutoModelForSequenceClassification), tiny_tokenizer(), name="tiny", head="labels"
    )
    assert "no use for beams and a dialogue and scaled neurons and a smaller window" in told(encoder, *options)
    seq2seq = Seq2SeqModel(tiny_seq2seq("t5"), tiny_tokenizer(), name="tiny")
    assert "no use for a dialogue and scaled neurons" in told(seq2seq, "dialogue", "neurons")
    assert "no use" not in told(seq2seq, "beams")
