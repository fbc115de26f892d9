"""Slots of a model that reads its whole text at once: where no entries stand in it, every token is a slot."""

from __future__ import annotations

from collections.abc import Sequence

from memviz.core.entry import Entry
from memviz.core.events import Slot
from memviz.core.query import Turn
from memviz.models.prompts.slots import entry_label, slots_with_spans
from memviz.models.prompts.template import Piece
from memviz.models.prompts.tokens import PromptTokens


def source_layout(
    tokens: PromptTokens, pieces: Sequence[Piece], entries: Sequence[Entry], _turns: Sequence[Turn] = ()
) -> tuple[tuple[Slot, ...], tuple[int, ...]]:
    """The slots of an encoder's text, and for each token the index of its slot.

    With entries in it: the sink (the tokens that the tokenizer adds, which collect attention that has nowhere else to
    go), instructions, entries in rank order, question. Without: the sink, instructions, and then each token of the
    text.
    """
    kinds = [pieces[index].kind if index >= 0 else "sink" for index in tokens.pieces]
    owners = [pieces[index].entry if index >= 0 else None for index in tokens.pieces]
    added = " ".join(text for text, kind in zip(tokens.texts, kinds, strict=True) if kind == "sink")
    around = [("sink", f"sink “{added}”"), ("instructions", "instructions")]
    named: list[tuple[str, str, int | None]] = [(kind, label, None) for kind, label in around if kind in kinds]
    place = {kind: number for number, (kind, _, _) in enumerate(named)}
    first = len(named)
    if entries:
        named += [("entry", entry_label(entry), entry.id) for entry in entries]
        named.append(("question", "question", None))
    slot_of_token: list[int] = []
    for text, kind, owner in zip(tokens.texts, kinds, owners, strict=True):
        if kind in place:
            slot_of_token.append(place[kind])
        elif entries:
            slot_of_token.append(first + owner if owner is not None else len(named) - 1)
        else:
            slot_of_token.append(len(named))
            named.append(("source", text.strip() or "␣", None))
    return slots_with_spans(named, slot_of_token), tuple(slot_of_token)
