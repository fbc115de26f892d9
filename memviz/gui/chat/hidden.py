"""What of a conversation may not be shown while private entries are masked."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from memviz.core.privacy import MASK

if TYPE_CHECKING:
    from memviz.dialogue.claims import Evidence
    from memviz.dialogue.profile import ProfileRow, ProfileValue
    from memviz.session.chat_state import ChatState, Proposal

_QUOTED = re.compile(r"“[^”]*”")


def hidden_turns(state: ChatState, private: Collection[int]) -> frozenset[int]:
    """Numbers of turns of which no word may be shown.

    Those whose entries are private, and answers of a model that was given such a turn or another private entry: which
    of its words come from there cannot be told from a turn.

    Args:
        private: ids of private entries.
    """
    out_since = {gone.number: gone.evicted_by for gone in state.buffer.evicted}
    hidden: set[int] = set()
    held_until = 0.0  # number of the turn up to which the buffer holds one of them
    for said in state.turns:
        given = bool(said.model) and (held_until >= said.number or any(each in private for each in said.recalled))
        if said.entry_id in private or given:
            hidden.add(said.number)
            held_until = max(held_until, out_since.get(said.number) or math.inf)
    return frozenset(hidden)


def hides_claim(one: Proposal, turns: Collection[int], private: Collection[int]) -> bool:
    """Whether a claim is hidden: that of a private entry, or one that is not stored and was found in a hidden turn."""
    return one.turn in turns if one.entry_id is None else one.entry_id in private


def masked_claim(one: Proposal, turns: Collection[int], private: Collection[int]) -> Proposal:
    """A claim as it may be shown; the words of hidden turns are masked in any case."""
    hides = hides_claim(one, turns, private)
    evidence = one.claim.evidence
    evidence = _without_words(evidence) if hides or one.turn in turns else _masked_evidence(evidence, private)
    claim = replace(one.claim, evidence=evidence)
    return replace(one, claim=replace(claim, label=MASK, value=MASK, text=MASK) if hides else claim)


def masked_profile(rows: tuple[ProfileRow, ...], private: Collection[int]) -> tuple[ProfileRow, ...]:
    """A profile as it may be shown: values of private entries are masked, and so are words of private turns."""
    return tuple(
        replace(
            row,
            label=MASK if row.current.entry_id in private else row.label,
            current=_masked_value(row.current, private),
            others=tuple(_masked_value(value, private) for value in row.others),
            earlier=tuple(_masked_value(value, private) for value in row.earlier),
        )
        for row in rows
    )


def masked_quotes(sentence: str) -> str:
    """A sentence without what it quotes."""
    return _QUOTED.sub(f"“{MASK}”", sentence)


def _masked_value(value: ProfileValue, private: Collection[int]) -> ProfileValue:
    if value.entry_id in private:
        return replace(value, value=MASK, evidence=_without_words(value.evidence))
    return replace(value, evidence=_masked_evidence(value.evidence, private))


def _without_words(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(replace(each, words=MASK) for each in evidence)


def _masked_evidence(evidence: tuple[Evidence, ...], private: Collection[int]) -> tuple[Evidence, ...]:
    return tuple(replace(each, words=MASK) if each.turn in private else each for each in evidence)
