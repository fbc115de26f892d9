"""Capture leaves the model as it was: after a close, an exception, a cancel, and between two events."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from transformers import PreTrainedModel

from memviz.core.errors import KnownError
from memviz.core.events import OutputEvent, ReadEvent
from memviz.core.query import Query
from memviz.models.attention.capture import (
    ROWS,
    Attending,
    CaptureUnsupported,
    Recording,
    attention_configs,
    attention_implementation,
    attention_row,
    capture_rows,
)
from memviz.models.attention.probe import probe_capture
from tests.models.tiny import entries, tiny_model, wrapped

ARCHITECTURES = ["llama", "gpt2", "gemma2", "falcon"]


def _state(model: PreTrainedModel) -> dict[str, Any]:
    return {
        "configs": [config._attn_implementation for config in attention_configs(model)],
        "hooks": {name: list(module._forward_hooks) for name, module in model.named_modules()},
        "marks": [
            name for name, module in model.named_modules() if "_output_capturing_hooks_installed" in vars(module)
        ],
        "inference": torch.is_inference_mode_enabled(),
    }


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_nothing_is_left_behind_at_any_event(name: str) -> None:
    model = tiny_model(name)
    before = _state(model)
    loaded = wrapped(model)
    assert _state(model) == before
    run = loaded.run(Query("who?", max_tokens=3), entries("x"), None)
    for _ in run:
        assert _state(model) == before
    run = loaded.run(Query("who?", max_tokens=3), entries("x"), None)
    while not isinstance(next(run), ReadEvent):
        pass
    run.close()  # type: ignore[attr-defined]
    assert _state(model) == before


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_nothing_is_left_behind_by_an_exception(name: str) -> None:
    model = tiny_model(name)
    loaded = wrapped(model)
    before = _state(model)

    def broken(*_: Any) -> None:
        raise RuntimeError("broken layer")

    handle = list(model.modules())[-1].register_forward_pre_hook(broken)
    with pytest.raises(RuntimeError, match="broken layer"):
        list(loaded.run(Query("who?", max_tokens=3), entries("x"), None))
    handle.remove()
    assert _state(model) == before
    list(loaded.run(Query("who?", max_tokens=3), entries("x"), None))


def test_two_runs_take_turns() -> None:
    loaded = wrapped(tiny_model("qwen2"))
    alone = [e.token_id for e in loaded.run(Query("who?", max_tokens=6), entries("x"), None) if _is_output(e)]
    first = loaded.run(Query("who?", max_tokens=6), entries("x"), None)
    second = loaded.run(Query("who?", max_tokens=6), entries("x"), None)
    pairs = list(zip(first, second, strict=True))
    assert [a.token_id for a, _ in pairs if _is_output(a)] == alone
    assert [b.token_id for _, b in pairs if _is_output(b)] == alone


def _is_output(event: object) -> bool:
    return isinstance(event, OutputEvent)


def test_recordings_nest() -> None:
    model = tiny_model("llama")
    configs = attention_configs(model)
    ids = torch.arange(5).unsqueeze(0)
    outer, inner = (Recording(torch.ones(5, 1), 5) for _ in range(2))
    with torch.no_grad(), capture_rows(configs, outer):
        with capture_rows(configs, inner):
            model(ids)
        assert configs[0]._attn_implementation == ROWS
        model(ids)
    assert (outer.layers, inner.layers) == (2, 2)
    assert configs[0]._attn_implementation == "sdpa"


def test_without_a_recording_the_function_is_plain_sdpa() -> None:
    model = tiny_model("mistral")
    ids = torch.arange(30).unsqueeze(0)
    with torch.no_grad():
        plain = model(ids).logits
        with attention_implementation(attention_configs(model), ROWS):
            registered = model(ids).logits
    assert torch.equal(plain, registered)


def test_another_formula_is_refused_not_drawn_wrongly() -> None:
    model = tiny_model("gemma2")
    recording = Recording(torch.ones(5, 1), 5)
    with pytest.raises(CaptureUnsupported, match="soft capping"), capture_rows(attention_configs(model), recording):
        model(torch.arange(5).unsqueeze(0))
    assert probe_capture(model).reason == "it uses soft capping of the attention logits"
    assert "sinks" in probe_capture(tiny_model("gpt_oss")).reason


def test_the_probe_finds_a_formula_that_is_not_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers.models.llama import modeling_llama

    def doubled(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **(kwargs | {"scaling": kwargs["scaling"] * 2}))

    original = modeling_llama.eager_attention_forward
    monkeypatch.setattr(modeling_llama, "eager_attention_forward", doubled)
    kind = probe_capture(tiny_model("llama"))
    assert (kind.name, kind.layers, kind.heads) == ("eager", 2, 4)
    assert "another formula" in kind.reason


def test_broken_weights_end_the_run_with_a_sentence() -> None:
    model = tiny_model("llama")
    loaded = wrapped(model)
    with torch.no_grad():
        model.lm_head.weight[7] = float("nan")
    with pytest.raises(KnownError, match="NaN"):
        list(loaded.run(Query("who?", max_tokens=3), entries("x"), None))


def test_running_out_of_memory_is_a_sentence() -> None:
    model = tiny_model("llama")
    loaded = wrapped(model)

    class Full(nn.Module):
        def forward(self, *_: Any, **__: Any) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory")

    model.lm_head = Full()
    with pytest.raises(KnownError, match="memory is used up"):
        list(loaded.run(Query("who?", max_tokens=3), entries("x"), None))


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("mask", ["none", "bool", "float"])
def test_a_row_against_a_plain_loop(groups: int, mask: str) -> None:
    generator = torch.Generator().manual_seed(groups)
    batch, heads, tokens, width = 2, 4, 6, 3
    query = torch.randn(batch, heads, tokens, width, generator=generator)
    key = torch.randn(batch, heads // groups, tokens, width, generator=generator)
    padded = torch.ones(batch, 1, tokens, tokens, dtype=torch.bool)
    padded[1, :, :, :2] = False  # left padding of the second text
    masks = {"none": None, "bool": padded, "float": torch.where(padded, 0.0, -1e30)}
    row = attention_row(Attending(query, key, masks[mask], 0.7))
    for b in range(batch):
        for h in range(heads):
            logits = [0.7 * float(query[b, h, -1] @ key[b, h // groups, t]) for t in range(tokens)]
            if mask != "none" and b == 1:
                logits[:2] = [-float("inf")] * 2
            expected = torch.softmax(torch.tensor(logits), dim=0)
            torch.testing.assert_close(row[b, h], expected, atol=1e-6, rtol=1e-5)


def test_rows_of_a_batch_with_padding_equal_eager_attention() -> None:
    model = tiny_model("qwen2")
    ids = torch.randint(3, 500, (2, 9), generator=torch.Generator().manual_seed(0))
    attention_mask = torch.ones_like(ids)
    attention_mask[0, :4] = 0
    recording = Recording(torch.eye(9), 9)
    with torch.no_grad(), capture_rows(attention_configs(model), recording):
        model(ids, attention_mask=attention_mask)
    model.set_attn_implementation("eager")
    with torch.no_grad():
        attentions = model(ids, attention_mask=attention_mask, output_attentions=True).attentions
    expected = torch.stack([attention[:, :, -1] for attention in attentions])
    torch.testing.assert_close(recording.weights(), expected, atol=1e-4, rtol=0)
