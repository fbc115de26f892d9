"""What each token of a prompt belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from memviz.core.entry import Entry
from memviz.core.events import Slot
from memviz.core.query import Turn
from memviz.models.prompts.template import Piece
from memviz.models.prompts.tokens import PromptTokens

_LABEL_LENGTH = 60

#: From tokens, the pieces they come from, entries and turns: the slots, and for each token the index of its slot.
Layout = Callable[
    [PromptTokens, Sequence[Piece], Sequence[Entry], Sequence[Turn]], tuple[tuple[Slot, ...], tuple[int, ...]]
]


def causal_layout(
    tokens: PromptTokens, pieces: Sequence[Piece], entries: Sequence[Entry], turns: Sequence[Turn]
) -> tuple[tuple[Slot, ...], tuple[int, ...]]:
    """Sink, instructions, entries in rank order, turns, question, answer."""
    first = tokens.texts[0].strip() if tokens.texts else ""
    named: list[tuple[str, str, int | None]] = [
        ("sink", f"sink “{first}”" if first else "sink", None),
        ("instructions", "instructions", None),
        *(("entry", entry_label(entry), entry.id) for entry in entries),
        *(("turn", _short(f"{turn.role}: {turn.text}"), None) for turn in turns),
        ("question", "question", None),
        ("answer", "answer so far", None),
    ]
    begin = {"instructions": 1, "entry": 2, "turn": 2 + len(entries), "question": 2 + len(entries) + len(turns)}
    found = []
    for index in tokens.pieces:
        piece = pieces[index] if index >= 0 else None
        kind = piece.kind if piece is not None else "instructions"
        position = piece.entry if piece is not None and kind in ("entry", "turn") else None
        found.append(begin[kind] + (position or 0))
    slot_of_token = (0, *found[1:])
    return slots_with_spans(named, slot_of_token), slot_of_token


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
    return _short(entry.key or entry.text)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LABEL_LENGTH else words[: _LABEL_LENGTH - 1] + "…"
