"""A conversation whose turns or claims were forgotten: their words go from it, their places stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from memviz.dialogue.short_term import HeldTurn
from memviz.dialogue.turns import SpokenTurn
from memviz.session.chat_state import ChatState, ClaimStatus

#: What a forgotten turn says.
FORGOTTEN = "(forgotten)"


def without(state: ChatState, forgotten: Collection[int]) -> dict[str, Any]:
    """The parts of a state that change when these entries are forgotten; empty where none does."""
    numbers = {each.number for each in state.turns if each.entry_id in forgotten}
    claims = {each.number for each in state.proposals if each.entry_id in forgotten or each.turn in numbers}
    if not numbers and not claims:
        return {}

    def held(turns: tuple[HeldTurn, ...]) -> tuple[HeldTurn, ...]:
        return tuple(replace(each, turn=_emptied(each.turn)) if each.number in numbers else each for each in turns)

    turns = (replace(each, turn=_emptied(each.turn)) if each.number in numbers else each for each in state.turns)
    proposals = (
        replace(
            each,
            claim=replace(each.claim, label=FORGOTTEN, value=FORGOTTEN, text=FORGOTTEN, evidence=()),
            status=ClaimStatus.DISMISSED,
            entry_id=None,
        )
        if each.number in claims
        else each
        for each in state.proposals
    )
    buffer = replace(state.buffer, held=held(state.buffer.held), evicted=held(state.buffer.evicted))
    return {"turns": tuple(turns), "proposals": tuple(proposals), "buffer": buffer}


def _emptied(turn: SpokenTurn) -> SpokenTurn:
    return replace(turn, text=FORGOTTEN)
