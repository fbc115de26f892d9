"""Closer looks at one step of a run: what would be too much to record at every step, computed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.events import FloatArray
from memviz.core.protocols import AttentionRows
from memviz.core.trace import Trace
from memviz.session.run import Run


def look(run: Run, step: int, what: str, **options: Any) -> Any:
    """Looks at a step. Query thread.

    Raises:
        KnownError: the model that answered is gone, it has no such look, or there is no such step.
    """
    model = run.model
    if model is None:
        raise KnownError(f"“{run.model_name}” is not loaded any more; ask again to look closer.")
    if not 0 <= step < run.trace.steps:
        raise KnownError(f"The run has no step {step + 1} yet.")
    return LOOKS[what](model, run.trace, step, **options)


def tokens_before(trace: Trace, step: int) -> list[int]:
    """The tokens whose reading led to a step: the prompt's and those of the answer so far."""
    prompt = trace.prompt
    ids = list(prompt.token_ids) if prompt is not None else []
    return [*ids, *(output.token_id for output in trace.outputs[:step])]


def _attention(model: Any, trace: Trace, step: int) -> FloatArray:
    """Attention [L, H, T] of the token that a step follows from, over prompt and answer so far."""
    if not isinstance(model, AttentionRows):
        raise KnownError("This model’s steps attend to no tokens, so there is nothing more to look at.")
    return model.attention_rows(tokens_before(trace, step))


#: name -> look(model, trace, step, **options)
LOOKS: Mapping[str, Callable[..., Any]] = {"attention": _attention}
