"""The prompt of one run: entries and question as tokens within the model's context, and what each token belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import MappingProxyType
from typing import Any

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import Candidate, PromptEvent, RecallEvent, Slot
from memviz.models.prompt_template import Piece, PromptTemplate
from memviz.models.prompt_tokens import PromptTokens, longest_token, tokenize

_LABEL_LENGTH = 60

#: From tokens, the pieces they come from and the entries: the slots, and for each token the index of its slot.
Layout = Callable[[PromptTokens, Sequence[Piece], Sequence[Entry]], tuple[tuple[Slot, ...], tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt ready to be read.

    Attributes:
        text: the whole of it.
        tokens: its tokens.
        slots: sink, instructions, entries in rank order, question, answer.
        slot_of_token: for each prompt token the index of its slot.
        entries: the entries that are in it, in rank order.
        cut: the entries that did not fit, with the reason.
    """

    text: str
    tokens: PromptTokens
    slots: tuple[Slot, ...]
    slot_of_token: tuple[int, ...]
    entries: tuple[Entry, ...]
    cut: tuple[Candidate, ...]

    def event(self, *, layers: int, heads: int, capture: str) -> PromptEvent:
        return PromptEvent(
            text=self.text,
            token_texts=self.tokens.texts,
            slots=self.slots,
            cut=self.cut,
            layers=layers,
            heads=heads,
            capture=capture,
            token_ids=self.tokens.ids,
        )


class PromptBuilder:
    """Builds prompts for one model.

    Args:
        tokenizer: the model's.
        template: the model's own.
        chat: whether prompts go through the tokenizer's chat template.
        context_length: tokens that the model can read; None: no limit.
        model_name: for messages.
        layout: which slots there are and which token belongs to which; None: those of a causal model.
        whole: whether the prompt is all that the model's context holds: an encoder reads it, the answer is elsewhere.
    """

    def __init__(
        self,
        tokenizer: Any,
        template: PromptTemplate,
        *,
        chat: bool,
        context_length: int | None,
        model_name: str,
        layout: Layout | None = None,
        whole: bool = False,
    ) -> None:
        self._tokenizer = tokenizer
        self._template = template
        self._chat = chat
        self._context_length = context_length
        self._model_name = model_name
        self._layout = layout or causal_layout
        self._whole = whole
        self._longest_token = longest_token(tokenizer)

    def build(
        self,
        question: str,
        entries: Sequence[Entry],
        *,
        max_tokens: int,
        template: str | None = None,
        recall: RecallEvent | None = None,
    ) -> Prompt:
        """The prompt for a question, with as many entries as the context can hold.

        Room is kept for ``max_tokens`` of answer, but no more than a quarter of the context. Entries that are too long
        even alone are cut, then those of the lowest ranks until the rest fits.

        Raises:
            KnownError: the question does not fit even without entries, or the template cannot be used.
        """
        used = self._template if template is None else replace(self._template, text=template)
        kept = list(range(len(entries)))
        reasons: dict[int, str] = {}
        if self._context_length is not None:
            room = 0 if self._whole else min(max_tokens, self._context_length // 4)
            budget = self._budget(used, question, room)
            kept, reasons = self._fitting(used, question, entries, budget, room)
        return self._prompt(used, question, entries, kept, reasons, recall)

    def _budget(self, template: PromptTemplate, question: str, room: int) -> int:
        """Prompt tokens that may be used; the question alone may take from the answer's room."""
        assert self._context_length is not None
        needed = len(self._tokenize(template.pieces([], question, self._chat_tokenizer)).ids)
        if needed > self._context_length - (0 if self._whole else 1):
            raise KnownError(
                f"The question needs {needed:,} tokens, but “{self._model_name}” can read only"
                f" {self._context_length:,}; shorten the question."
            )
        return max(self._context_length - room, needed)

    def _fitting(
        self, template: PromptTemplate, question: str, entries: Sequence[Entry], budget: int, room: int
    ) -> tuple[list[int], dict[int, str]]:
        """Positions of the entries that fit, and for the others why not."""
        limit = f"the prompt may have {budget:,} tokens"
        if room:
            limit += f" ({self._context_length:,} less {room:,} for the answer)"
        too_long = f"too long for “{self._model_name}” even alone: {limit}"
        # Not even tokenized: a megabyte of text cannot fit, and tokenizing it takes a second.
        kept = [i for i, entry in enumerate(entries) if len(entry.text) <= budget * self._longest_token]
        pieces = template.pieces([entries[i] for i in kept], question, self._chat_tokenizer)
        tokens = self._tokenize(pieces)
        costs = Counter(pieces[index].entry for index in tokens.pieces if index >= 0)
        fixed = len(tokens.ids) - sum(costs[position] for position in range(len(kept)))
        cost = {i: costs[position] for position, i in enumerate(kept)}
        kept = [i for i in kept if fixed + cost[i] <= budget]
        reasons = dict.fromkeys(set(range(len(entries))) - set(kept), too_long)
        total = fixed + sum(cost[i] for i in kept)  # as counted in the one long prompt; borders may differ by a token
        while kept and (total > budget or self._length(template, question, entries, kept) > budget):
            last = kept.pop()
            total -= cost[last]
            reasons[last] = f"lowest rank where not all fit: {limit}"
        return kept, reasons

    def _length(self, template: PromptTemplate, question: str, entries: Sequence[Entry], kept: Sequence[int]) -> int:
        pieces = template.pieces([entries[i] for i in kept], question, self._chat_tokenizer)
        return len(self._tokenize(pieces).ids)

    def _prompt(
        self,
        template: PromptTemplate,
        question: str,
        entries: Sequence[Entry],
        kept: Sequence[int],
        reasons: dict[int, str],
        recall: RecallEvent | None,
    ) -> Prompt:
        inside = tuple(entries[i] for i in kept)
        pieces = template.pieces(inside, question, self._chat_tokenizer)
        tokens = self._tokenize(pieces)
        slots, slot_of_token = self._layout(tokens, pieces, inside)
        return Prompt(
            text="".join(piece.text for piece in pieces),
            tokens=tokens,
            slots=slots,
            slot_of_token=slot_of_token,
            entries=inside,
            cut=tuple(_cut_candidate(entries[i], i, reasons[i], recall) for i in sorted(reasons)),
        )

    @property
    def _chat_tokenizer(self) -> Any:
        return self._tokenizer if self._chat else None

    def _tokenize(self, pieces: Sequence[Piece]) -> PromptTokens:
        return tokenize(self._tokenizer, pieces, add_special=not self._chat, whole=self._whole)


def causal_layout(
    tokens: PromptTokens, pieces: Sequence[Piece], entries: Sequence[Entry]
) -> tuple[tuple[Slot, ...], tuple[int, ...]]:
    """Sink, instructions, entries in rank order, question, answer."""
    slot_of_token = _slots_of_tokens(tokens, pieces, len(entries))
    return _slots(tokens, slot_of_token, entries), slot_of_token


def _slots_of_tokens(tokens: PromptTokens, pieces: Sequence[Piece], entries: int) -> tuple[int, ...]:
    sink, instructions, first_entry, question = 0, 1, 2, 2 + entries
    found = []
    for index in tokens.pieces:
        piece = pieces[index] if index >= 0 else None
        if piece is None or piece.kind == "instructions":
            found.append(instructions)
        elif piece.kind == "question":
            found.append(question)
        else:
            found.append(first_entry + (piece.entry or 0))
    return (sink, *found[1:])


def _slots(tokens: PromptTokens, slot_of_token: Sequence[int], entries: Sequence[Entry]) -> tuple[Slot, ...]:
    first = tokens.texts[0].strip() if tokens.texts else ""
    named: list[tuple[str, str, int | None]] = [
        ("sink", f"sink “{first}”" if first else "sink", None),
        ("instructions", "instructions", None),
        *(("entry", entry_label(entry), entry.id) for entry in entries),
        ("question", "question", None),
        ("answer", "answer so far", None),
    ]
    return slots_with_spans(named, slot_of_token)


def slots_with_spans(named: Sequence[tuple[str, str, int | None]], slot_of_token: Sequence[int]) -> tuple[Slot, ...]:
    """Slots from (kind, label, entry id), with the ranges of tokens that belong to each."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for slot, run in groupby(range(len(slot_of_token)), key=lambda position: slot_of_token[position]):
        positions = list(run)
        spans.setdefault(slot, []).append((positions[0], positions[-1] + 1))
    return tuple(
        Slot(index, kind, label, entry_id, tuple(spans.get(index, ())))
        for index, (kind, label, entry_id) in enumerate(named)
    )


def entry_label(entry: Entry) -> str:
    """Short words for an entry: its key, else the beginning of its text."""
    words = " ".join((entry.key or entry.text).split())
    return words if len(words) <= _LABEL_LENGTH else words[: _LABEL_LENGTH - 1] + "…"


def _cut_candidate(entry: Entry, position: int, reason: str, recall: RecallEvent | None) -> Candidate:
    known = next((c for c in recall.candidates if c.entry_id == entry.id), None) if recall is not None else None
    if known is None:
        return Candidate(entry.id, position + 1, 0.0, MappingProxyType({}), "cut", reason)
    return replace(known, status="cut", reason=reason)
