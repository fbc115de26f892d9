"""Captured read weights and tokens against transformers' own eager attention and ``generate``."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from memviz.core.events import FinishEvent, NoticeEvent, OutputEvent, PromptEvent, ReadEvent
from memviz.core.query import Query
from tests.models.tiny import SENTENCES, entries, tiny_model, wrapped

ROWS = ["gpt2", "llama", "qwen2", "qwen3", "gemma", "mistral", "phi"]
EAGER = ["gemma2", "bloom", "falcon", "gpt_oss", "mpt"]
TOKENS = 8


def _eager_slot_sums(
    model: PreTrainedModel, ids: Sequence[int], slot_of_token: Sequence[int], slots: int
) -> np.ndarray:
    """[L, H, N]: the last query row of eager attention over the whole text, summed per slot by a plain loop."""
    oracle = AutoModelForCausalLM.from_config(copy.deepcopy(model.config), attn_implementation="eager").eval()
    oracle.load_state_dict(model.state_dict())
    with torch.no_grad():
        attentions = oracle(torch.tensor([ids]), output_attentions=True, use_cache=False).attentions
    sums = np.zeros((len(attentions), attentions[0].shape[1], slots))
    for layer, attention in enumerate(attentions):
        for head in range(attention.shape[1]):
            for position, slot in enumerate(slot_of_token):
                sums[layer, head, slot] += attention[0, head, -1, position].item()
    return sums


@pytest.mark.parametrize("name", [*ROWS, *EAGER])
def test_every_step_reads_what_eager_attention_says(name: str) -> None:
    model = tiny_model(name)
    loaded = wrapped(model)
    assert loaded.capture == ("rows" if name in ROWS else "eager")
    query = Query("who directed Blade Runner?", max_tokens=TOKENS)
    events = list(loaded.run(query, entries(*SENTENCES[:3]), None))
    prompt = next(event for event in events if isinstance(event, PromptEvent))
    reads = [event for event in events if isinstance(event, ReadEvent)]
    outputs = [event for event in events if isinstance(event, OutputEvent)]
    assert [read.step for read in reads] == [output.step for output in outputs] == list(range(TOKENS))
    assert isinstance(events[-1], FinishEvent)
    slot_of_token = [0] * len(prompt.token_ids)
    for slot in prompt.slots:
        for start, end in slot.spans:
            slot_of_token[start:end] = [slot.index] * (end - start)
    ids = list(prompt.token_ids)
    for read, output in zip(reads, outputs, strict=True):
        assert read.read_weights.shape == (prompt.layers, prompt.heads, len(prompt.slots))
        assert read.read_weights.dtype == np.float32
        expected = _eager_slot_sums(model, ids, slot_of_token, len(prompt.slots))
        np.testing.assert_allclose(read.read_weights, expected, atol=1e-4)
        ids.append(output.token_id)
        slot_of_token.append(len(prompt.slots) - 1)


@pytest.mark.parametrize("name", [*ROWS, *EAGER, "mamba"])
def test_greedy_tokens_are_those_of_generate(name: str) -> None:
    model = tiny_model(name)
    query = Query("who directed Blade Runner?", max_tokens=24)
    events = list(wrapped(model).run(query, entries(*SENTENCES[:3]), None))
    prompt = next(event for event in events if isinstance(event, PromptEvent))
    told = [event.token_id for event in events if isinstance(event, OutputEvent)]
    ids = torch.tensor([prompt.token_ids])
    generated = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False)
    expected = generated[0, ids.shape[1] :].tolist()
    if 2 in expected:  # the tokenizer's </s> ends our answer; generate was told of no end
        expected = expected[: expected.index(2) + 1]
    assert told == expected


@pytest.mark.parametrize("name", EAGER)
def test_a_fallback_is_said(name: str) -> None:
    events = wrapped(tiny_model(name)).run(Query("who?", max_tokens=1), entries("x"), None)
    notices = [event.message for event in events if isinstance(event, NoticeEvent)]
    assert any("eager" in message for message in notices), notices


def test_a_model_without_attention_answers_and_says_so() -> None:
    loaded = wrapped(tiny_model("mamba"))
    assert (loaded.capture, loaded.layers, loaded.heads) == ("none", 0, 0)
    events = list(loaded.run(Query("who?", max_tokens=3), entries("x"), None))
    assert not [event for event in events if isinstance(event, ReadEvent)]
    assert len([event for event in events if isinstance(event, OutputEvent)]) == 3
    assert any("cannot be shown" in event.message for event in events if isinstance(event, NoticeEvent))


@pytest.mark.parametrize("name", ["gpt2", "mistral", "gemma2", "bloom"])
def test_one_whole_row_on_demand(name: str) -> None:
    model = tiny_model(name)
    ids = list(range(3, 40))
    rows = wrapped(model).attention_rows(ids)
    expected = _eager_slot_sums(model, ids, range(len(ids)), len(ids))
    np.testing.assert_allclose(rows, expected, atol=1e-4)


def test_read_weights_are_a_distribution_over_slots() -> None:
    events = wrapped(tiny_model("qwen3")).run(Query("who?", max_tokens=4), entries(*SENTENCES), None)
    for event in events:
        if isinstance(event, ReadEvent):
            np.testing.assert_allclose(event.read_weights.sum(axis=-1), 1.0, atol=1e-5)
            assert not event.read_weights.flags.writeable
