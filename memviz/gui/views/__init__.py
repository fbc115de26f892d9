"""The views of a run. A new view is one file here and one line in :data:`VIEWS`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memviz.core.trace import Trace

if TYPE_CHECKING:
    from memviz.gui.views.base import View


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """A view by name: where its class is, where it stands, and which events it draws.

    Attributes:
        source: ``module:class``, imported when it is first shown.
        title: of its tab or heading.
        tip: one sentence for its tooltip.
        needs: names of event classes without which a finished run has nothing for this view.
        place: ``main`` (always in sight, above each other) or ``tab``.
        asks: what else a run must have.
        early: whether it is offered before it is known what a run has.
    """

    source: str
    title: str
    tip: str
    needs: tuple[str, ...]
    place: str = "tab"
    asks: Callable[[Trace], bool] = lambda _: True
    early: bool = True

    def load(self) -> type[View]:
        module, _, name = self.source.partition(":")
        loaded: type[View] = getattr(importlib.import_module(module), name)
        return loaded

    def serves(self, trace: Trace | None) -> bool:
        """Whether a run has something that this view could draw; before its first step, whether it may have."""
        if trace is None or not trace.steps:
            return self.early
        present = {type(event).__name__ for event in trace}
        return all(name in present for name in self.needs) and self.asks(trace)


def _has_heads(trace: Trace) -> bool:
    """More than one, so that there is something to choose."""
    return trace.prompt is not None and trace.prompt.layers * trace.prompt.heads > 1


def _has_usage(trace: Trace) -> bool:
    """A matrix with heads, not the units of a recurrent network."""
    write = trace.write(0)
    return write is not None and "usage" in write.detail


def _has_signals(trace: Trace) -> bool:
    """Bits that go in and come out."""
    read = trace.read(0)
    return read is not None and "input" in read.detail


def _has_alternatives(trace: Trace) -> bool:
    return any(output.alternatives for output in trace.outputs)


def _has_tokens(trace: Trace) -> bool:
    return trace.prompt is not None and bool(trace.prompt.token_texts)


def _writes_tokens(trace: Trace) -> bool:
    """A causal model, whose steps can be looked at again; an encoder-decoder's source has a view of its own."""
    prompt = trace.prompt
    return prompt is not None and bool(prompt.token_ids) and any(slot.kind == "answer" for slot in prompt.slots)


VIEWS: dict[str, ViewSpec] = {
    "answer": ViewSpec(
        "memviz.gui.views.answer:AnswerView",
        "Answer",
        "The answer, each token shaded by what it read",
        ("OutputEvent",),
        place="main",
    ),
    "memory_attention": ViewSpec(
        "memviz.gui.views.memory_attention:MemoryAttentionView",
        "Memory attention",
        "How much each step read from each slot",
        ("PromptEvent", "ReadEvent"),
        place="main",
    ),
    "heads": ViewSpec(
        "memviz.gui.views.head_picker:HeadPickerView",
        "Heads",
        "Weight of the chosen entry in every layer and head; choose through which the views look",
        ("PromptEvent", "ReadEvent"),
        asks=_has_heads,
    ),
    "ledger": ViewSpec(
        "memviz.gui.views.ledger:LedgerView",
        "Ledger",
        "Every entry that recall looked at: its score as a bill, why it was cut, and how much of it was read",
        ("RecallEvent",),
    ),
    "prompt": ViewSpec(
        "memviz.gui.views.prompt:PromptView",
        "Prompt",
        "The prompt as the model sees it, slots coloured",
        ("PromptEvent",),
        asks=_has_tokens,
    ),
    "candidates": ViewSpec(
        "memviz.gui.views.candidates:CandidatesView",
        "Candidates",
        "The most probable outputs of the chosen step",
        ("OutputEvent",),
        asks=_has_alternatives,
    ),
    "token_attention": ViewSpec(
        "memviz.gui.views.token_attention:TokenAttentionView",
        "Token attention",
        "What the chosen step attended to, token by token, in every layer and head",
        ("PromptEvent", "ReadEvent"),
        early=False,
        asks=_writes_tokens,
    ),
    "neurons": ViewSpec(
        "memviz.gui.views.neurons:NeuronsView",
        "Neurons",
        "The strongest neurons of every layer at the chosen step, and what each layer would say",
        ("PromptEvent", "OutputEvent"),
        early=False,
        asks=_writes_tokens,
    ),
    "context": ViewSpec(
        "memviz.gui.views.context:ContextView",
        "Context",
        "What fills the model’s window, what of it is still read, and what a smaller one would change",
        ("PromptEvent", "CacheEvent"),
        early=False,
    ),
    "text_attention": ViewSpec(
        "memviz.gui.views.text_attention:TextAttentionView",
        "Text attention",
        "What each token of the text attends to, layer by layer and head by head",
        ("EncoderEvent",),
        early=False,
    ),
    "beams": ViewSpec(
        "memviz.gui.views.beams:BeamsView",
        "Beams",
        "The texts that the beam search followed",
        ("BeamEvent",),
        early=False,
    ),
    "embedding": ViewSpec(
        "memviz.gui.views.embedding:EmbeddingView",
        "Embedding",
        "The vector of the text, and the entries nearest to it",
        ("EmbeddingEvent",),
        early=False,
    ),
    "heads_over_time": ViewSpec(
        "memviz.gui.views.heads_over_time:HeadsOverTimeView",
        "Read and write heads",
        "Where the heads read and write at every step",
        ("ReadEvent", "WriteEvent"),
        early=False,
        asks=_has_usage,
    ),
    "gates": ViewSpec(
        "memviz.gui.views.gates:GatesView",
        "Gates",
        "Write, allocation and free gates, and read modes, over time",
        ("ReadEvent", "WriteEvent"),
        early=False,
        asks=_has_usage,
    ),
    "cells": ViewSpec(
        "memviz.gui.views.cells:CellsView",
        "Slots",
        "Usage, allocation and weights of every slot over time",
        ("ReadEvent", "WriteEvent"),
        early=False,
    ),
    "memory_matrix": ViewSpec(
        "memviz.gui.views.memory_matrix:MemoryMatrixView",
        "Memory matrix",
        "The memory after the chosen step",
        ("ReadEvent", "WriteEvent"),
        early=False,
    ),
    "linkage": ViewSpec(
        "memviz.gui.views.linkage:LinkageView",
        "Linkage",
        "Which slot was written after which",
        ("ReadEvent", "WriteEvent"),
        early=False,
        asks=_has_usage,
    ),
    "signals": ViewSpec(
        "memviz.gui.views.signals:SignalsView",
        "Input and output",
        "Input, target and output of the sequence",
        ("ReadEvent", "WriteEvent"),
        early=False,
        asks=_has_signals,
    ),
}
