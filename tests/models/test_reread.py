"""A step of the newest run can be looked at again in the time of one step, and the cache is as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from memviz.core.events import OutputEvent, PromptEvent, ReadEvent
from memviz.core.query import Query
from memviz.models.causal.token_reader import TokenReader
from tests.models.test_architectures import CAUSAL, eager
from tests.models.tiny import SENTENCES, entries, tiny_model, wrapped


@pytest.mark.parametrize("name", CAUSAL)
def test_rows_of_every_step_are_those_of_eager_attention_without_reading_the_prompt_again(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model(name)
    loaded = wrapped(model)
    events = list(loaded.run(Query("who directed Blade Runner?", max_tokens=5), entries(*SENTENCES[:3]), None))
    prompt = next(event for event in events if isinstance(event, PromptEvent))
    tokens = [event.token_id for event in events if isinstance(event, OutputEvent)]
    monkeypatch.setattr(TokenReader, "read", lambda *_: pytest.fail("the prompt was read again"))
    for step in (3, 0, 2):
        ids = [*prompt.token_ids, *tokens[:step]]
        with torch.no_grad():
            attentions = eager(model)(torch.tensor([ids]), output_attentions=True, use_cache=False).attentions
        rows = loaded.attention_rows(ids)
        np.testing.assert_allclose(rows, [layer[0, :, -1].numpy() for layer in attentions], atol=1e-4)


def test_looking_back_in_the_middle_of_a_run_changes_nothing() -> None:
    loaded = wrapped(tiny_model("mistral"))
    query = Query("who directed Blade Runner?", max_tokens=12)
    plain = [event for event in loaded.run(query, entries(*SENTENCES[:3]), None) if isinstance(event, ReadEvent)]
    looked: list[ReadEvent] = []
    ids: list[int] = []
    for event in loaded.run(query, entries(*SENTENCES[:3]), None):
        if isinstance(event, PromptEvent):
            ids = list(event.token_ids)
        if isinstance(event, ReadEvent):
            looked.append(event)
            loaded.attention_rows(ids)
        if isinstance(event, OutputEvent):
            ids.append(event.token_id)
    for one, other in zip(plain, looked, strict=True):
        assert np.array_equal(one.read_weights, other.read_weights)


def test_tokens_of_another_run_are_read_anew() -> None:
    model = tiny_model("llama")
    loaded = wrapped(model)
    list(loaded.run(Query("who?", max_tokens=3), entries("x"), None))
    ids = list(range(3, 40))
    with torch.no_grad():
        attentions = eager(model)(torch.tensor([ids]), output_attentions=True, use_cache=False).attentions
    np.testing.assert_allclose(loaded.attention_rows(ids), [layer[0, :, -1].numpy() for layer in attentions], atol=1e-4)


def test_a_closed_model_keeps_no_cache() -> None:
    loaded = wrapped(tiny_model("llama"))
    list(loaded.run(Query("who?", max_tokens=3), entries("x"), None))
    loaded.close()
    assert loaded._last is None


@pytest.mark.parametrize("name", ["llama", "mistral", "gpt2", "falcon", "gemma3_text"])
def test_a_long_prompt_is_read_in_parts_and_nothing_else_changes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from memviz.core.events import ProgressEvent
    from memviz.models.answering import decoding

    loaded = wrapped(tiny_model(name))
    query = Query("who directed Blade Runner?", max_tokens=6)
    whole = list(loaded.run(query, entries(*SENTENCES[:3]), None))
    monkeypatch.setattr(decoding, "CHUNK", 16)
    parts = list(loaded.run(query, entries(*SENTENCES[:3]), None))
    told = [event for event in parts if isinstance(event, ProgressEvent)]
    prompt = next(event for event in parts if isinstance(event, PromptEvent))
    assert [event.done for event in told] == list(range(16, len(prompt.token_ids), 16))
    for one, other in zip(whole, [event for event in parts if not isinstance(event, ProgressEvent)], strict=True):
        assert type(one) is type(other)
        if isinstance(one, OutputEvent):
            assert one.token_id == other.token_id
        if isinstance(one, ReadEvent):
            np.testing.assert_allclose(one.read_weights, other.read_weights, atol=1e-4)
