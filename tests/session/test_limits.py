"""Memory that is used up, and devices without a kernel, in the middle of a run: the trace up to there is kept."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch

from memviz.core.errors import KnownError
from memviz.core.events import BeamEvent, FinishEvent, OutputEvent, ProgressEvent
from memviz.core.query import Query
from memviz.models.answering import decoding
from memviz.models.causal.model import CausalLanguageModel
from memviz.models.encoder.model import EncoderModel
from memviz.models.seq2seq.model import Seq2SeqModel
from memviz.session.run import RunState
from memviz.session.session import Session
from tests.models.tiny import tiny_encoder, tiny_model, tiny_seq2seq, tiny_tokenizer, wrapped

TEXT = "who directed Blade Runner?"

ERRORS: dict[str, tuple[Callable[[], Exception], str]] = {
    "torch": (lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB."), "memory is used up"),
    "cpu": (lambda: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried …"), "memory is used up"),
    "windows": (lambda: RuntimeError("DefaultCPUAllocator: not enough memory: you tried …"), "memory is used up"),
    "mps": (lambda: RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), "memory is used up"),
    "numpy": (lambda: MemoryError("Unable to allocate"), "memory is used up"),
    "half": (
        lambda: RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'"),
        "in float16 on this device; load it as float32 or bfloat16",
    ),
    "bfloat16": (
        lambda: NotImplementedError("\"erfinv_vml_cpu\" not implemented for 'BFloat16'"),
        "in bfloat16 on this device; load it as float32",
    ),
}


def causal() -> CausalLanguageModel:
    return wrapped(tiny_model("llama"))


def seq2seq() -> Seq2SeqModel:
    model = tiny_seq2seq("bart", eos_token_id=None)
    model.generation_config.eos_token_id = None
    tokenizer = tiny_tokenizer()
    tokenizer.eos_token = None
    return Seq2SeqModel(model, tokenizer, name="tiny")


def encoder() -> EncoderModel:
    return EncoderModel(tiny_encoder("bert"), tiny_tokenizer(mask_token="<mask>"), name="tiny", head="words")


@contextmanager
def failing(module: torch.nn.Module, at: int, error: Exception) -> Iterator[None]:
    """The module raises at its forward pass ``at``, from 0."""
    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == at + 1:
            raise error

    handle = module.register_forward_pre_hook(count)
    try:
        yield
    finally:
        handle.remove()


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as session:
        yield session


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("make", [causal, seq2seq])
def test_the_steps_up_to_there_are_kept(session: Session, make: Callable[[], Any], kind: str) -> None:
    error, words = ERRORS[kind]
    model = make()
    session.use_model(model).result()
    with failing(model._loaded().get_output_embeddings(), 3, error()):
        run = session.ask(TEXT, max_tokens=6, beams=1)
        with pytest.raises(KnownError, match=words):
            run.wait(20)
    assert run.state is RunState.FAILED
    assert run.trace.steps == 3
    assert run.trace.read(2) is not None
    again = session.ask(TEXT, max_tokens=6, beams=1).wait(20)
    assert [output.token_id for output in again.trace.outputs[:3]] == [o.token_id for o in run.trace.outputs]


def test_beams_up_to_there_are_kept(session: Session) -> None:
    model = seq2seq()
    session.use_model(model).result()
    with failing(model._loaded().get_output_embeddings(), 3, ERRORS["torch"][0]()):
        run = session.ask(TEXT, max_tokens=6, beams=3)
        with pytest.raises(KnownError, match="memory is used up"):
            run.wait(20)
    assert sum(isinstance(event, BeamEvent) for event in run.trace) == 3
    assert session.ask(TEXT, max_tokens=6, beams=3).wait(20).trace.steps == 6


@pytest.mark.parametrize("kind", ["torch", "half"])
def test_layers_of_an_encoder_up_to_there_are_kept(session: Session, kind: str) -> None:
    error, words = ERRORS[kind]
    model = encoder()
    session.use_model(model).result()
    with failing(model._loaded().cls, 1, error()):  # the head is asked after each layer
        run = session.ask("Alien was <mask> in 1979.")
        with pytest.raises(KnownError, match=words):
            run.wait(20)
    assert run.trace.steps == 1
    assert session.ask("Alien was <mask> in 1979.").wait(20).trace.steps == 2


def test_in_a_long_prompt_that_is_read_in_parts(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "CHUNK", 16)
    model = causal()
    session.use_model(model).result()
    with failing(model._loaded().model.layers[1], 2, ERRORS["torch"][0]()):
        run = session.ask("Alien was released in 1979. " * 6, max_tokens=3)
        with pytest.raises(KnownError, match="memory is used up"):
            run.wait(20)
    assert run.trace.prompt is not None
    assert sum(isinstance(event, ProgressEvent) for event in run.trace) == 2
    assert session.ask("Alien was released in 1979. " * 6, max_tokens=3).wait(20).trace.steps == 3


@pytest.mark.parametrize("kind", ["cpu", "half"])
def test_in_a_closer_look(session: Session, kind: str) -> None:
    error, words = ERRORS[kind]
    model = causal()
    session.use_model(model).result()
    run = session.ask(TEXT, max_tokens=4).wait(20)
    before = session.look(run, 2, "attention").result(20)
    for what in ("attention", "neurons"):
        with (
            failing(model._loaded().model.layers[1], 0, error()),
            pytest.raises(KnownError, match=words),
        ):
            session.look(run, 2, what).result(20)
    assert (session.look(run, 2, "attention").result(20) == before).all()  # the cache is as it was


def test_a_failed_run_can_be_looked_at_and_its_cache_is_let_go(session: Session) -> None:
    model = causal()
    session.use_model(model).result()
    with failing(model._loaded().model.layers[1], 3, ERRORS["torch"][0]()):
        run = session.ask(TEXT, max_tokens=6)
        with pytest.raises(KnownError):
            run.wait(20)
    assert model._last is None
    looked = session.look(run, 2, "attention").result(20)
    prompt = run.trace.prompt
    assert prompt is not None
    assert looked.shape == (2, 4, len(prompt.token_ids) + 2)


def test_a_failed_run_keeps_nothing_of_the_model_alive(session: Session) -> None:
    """Its error is kept, and with the calls in its traceback it would hold all that memory was used up for."""
    model = causal()
    weights = weakref.ref(model._loaded())
    session.use_model(model).result()
    hook = failing(model._loaded().model.layers[1], 3, ERRORS["torch"][0]())
    with hook:
        run = session.ask(TEXT, max_tokens=6)
        while not run.done:
            with run._changed:
                run._changed.wait(1)
    assert isinstance(run.error, KnownError)
    del hook, model
    session.use_model(wrapped(tiny_model("gpt2"))).result()
    gc.collect()
    assert weights() is None
    assert run.trace.steps == 3


def test_more_tokens_than_any_memory_holds_is_said(session: Session) -> None:
    session.use_model(wrapped(tiny_model("bloom"))).result()  # has no limit of its own
    run = session.ask(TEXT, max_tokens=10**16)
    with pytest.raises(KnownError, match="memory is used up"):
        run.wait(20)


@pytest.mark.parametrize("make", [tiny_model, tiny_encoder, tiny_seq2seq])
def test_an_architecture_that_a_device_cannot_compute_is_refused_at_once(make: Callable[..., Any]) -> None:
    name = {tiny_model: "llama", tiny_encoder: "bert", tiny_seq2seq: "bart"}[make]
    model = make(name)
    wrap: dict[Any, Callable[[], Any]] = {
        tiny_model: lambda: wrapped(model),
        tiny_encoder: lambda: EncoderModel(model, tiny_tokenizer(), name="tiny", head="words"),
        tiny_seq2seq: lambda: Seq2SeqModel(model, tiny_tokenizer(), name="tiny"),
    }

    def refuse(*_: Any) -> None:
        raise RuntimeError("\"LayerNormKernelImpl\" not implemented for 'Half'")

    handle = model.get_output_embeddings().register_forward_pre_hook(refuse)
    with pytest.raises(KnownError, match="float16 on this device; load it as float32 or bfloat16"):
        wrap[make]()
    handle.remove()
    wrap[make]()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("make", [causal, seq2seq, encoder])
def test_half_precision_answers(make: Callable[[], Any], dtype: torch.dtype) -> None:
    model = make()
    model._loaded().to(dtype)
    events = list(model.run(Query("Alien <mask>", max_tokens=3), [], None))
    assert isinstance(events[-1], FinishEvent)
    assert sum(isinstance(event, OutputEvent) for event in events) >= 2
