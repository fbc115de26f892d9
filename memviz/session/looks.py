"""Closer looks at one step of a run: what would be too much to record at every step, computed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from memviz.core.arrays import FloatArray
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.core.neurons import NeuronReport
from memviz.core.protocols import AttentionRows, EditableWeights, Rehearsing
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.session.run import Run

#: Says whether a long look shall end.
Stopped = Callable[[], bool]


def look(run: Run, loaded: Any, step: int, what: str, stopped: Stopped = lambda: False, **options: Any) -> Any:
    """Looks at a step. Query thread.

    Args:
        loaded: the session's model; another one is closed, also where somebody still holds it.
        stopped: asked between two steps of a long look; it ends with ``Cancelled`` where that says so.

    Raises:
        KnownError: the model that answered is gone, it has no such look, or there is no such step.
    """
    model = run.model
    if model is None or model is not loaded:
        raise KnownError(f"“{run.model_name}” is not loaded any more; ask again to look closer.")
    if getattr(model, "weights_version", 0) != run.weights_version:
        raise KnownError("The model’s weights were changed after this answer; ask again to look closer.")
    if not 0 <= step < run.trace.steps:
        raise KnownError(f"The run has no step {step + 1} yet.")
    if what in REHEARSALS:
        options["stopped"] = stopped
    return LOOKS[what](run, model, step, **options)


def tokens_before(trace: Trace, step: int) -> list[int]:
    """The tokens whose reading led to a step: the prompt's and those of the answer so far."""
    prompt = trace.prompt
    ids = list(prompt.token_ids) if prompt is not None else []
    return [*ids, *(output.token_id for output in trace.outputs[:step])]


def injected(run: Run) -> list[Entry]:
    """The entries that recall gave to the model, in rank order."""
    recall = run.trace.recall
    found = [run.recalled(candidate.entry_id) for candidate in recall.injected()] if recall is not None else []
    return [entry for entry in found if entry is not None]


def _attention(run: Run, model: Any, step: int) -> FloatArray:
    """Attention [L, H, T] of the token that a step follows from, over prompt and answer so far."""
    if not isinstance(model, AttentionRows):
        raise KnownError("This model’s steps attend to no tokens, so there is nothing more to look at.")
    return model.attention_rows(tokens_before(run.trace, step), run.query.neurons)


def _neurons(run: Run, model: Any, step: int, *, strongest: int = 12, tokens: int = 8) -> NeuronReport:
    """The strongest neurons of every layer, and each layer's prediction, at a step."""
    if not isinstance(model, EditableWeights):
        raise KnownError("Neurons are shown of causal language models; this is another kind of model.")
    ids = tokens_before(run.trace, step)
    return model.neuron_report(ids, run.query.neurons, strongest=strongest, tokens=tokens)


def _unscaled(run: Run, model: Any, step: int, *, stopped: Stopped) -> str:
    """The answer without scaled neurons, beside the run."""
    del step
    if not isinstance(model, Rehearsing):
        raise KnownError("This model cannot answer beside a run.")
    return _rehearsed(run, model, replace(run.query, neurons=()), stopped).answer.strip()


def _rehearsed(run: Run, model: Rehearsing, query: Query, stopped: Stopped) -> Trace:
    """The trace of a question that is answered beside a run, with the same entries."""
    trace = Trace(query)
    for event in model.rehearse(query, injected(run), run.trace.recall):
        if stopped():
            raise Cancelled
        trace.append(event)
    return trace


@dataclass(frozen=True, slots=True)
class WindowAnswer:
    """What a model answers when its context holds less.

    Attributes:
        window: tokens that prompt and answer may take together.
        tokens: of the prompt.
        entries, turns: how many of them are in it.
        answer: what is said; in ``words`` why nothing is.
    """

    window: int
    tokens: int = 0
    entries: int = 0
    turns: int = 0
    answer: str = ""
    words: str = ""


def _window(run: Run, model: Any, step: int, *, window: int, stopped: Stopped) -> WindowAnswer:
    """The same question in a smaller window, answered beside the run."""
    del step
    if not isinstance(model, Rehearsing):
        raise KnownError("This model has no window of tokens that could be made smaller.")
    try:
        trace = _rehearsed(run, model, replace(run.query, window=window), stopped)
    except KnownError as error:
        return WindowAnswer(window, words=str(error))
    prompt = trace.prompt
    kinds = [slot.kind for slot in prompt.slots if slot.spans] if prompt is not None else []
    tokens = len(prompt.token_ids) if prompt is not None else 0
    return WindowAnswer(window, tokens, kinds.count("entry"), kinds.count("turn"), trace.answer.strip())


#: Looks that take as long as an answer, and can be stopped.
REHEARSALS = frozenset({"window", "unscaled"})

#: name -> look(run, model, step, **options)
LOOKS: Mapping[str, Callable[..., Any]] = {
    "attention": _attention,
    "window": _window,
    "neurons": _neurons,
    "unscaled": _unscaled,
}
