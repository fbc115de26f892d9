"""What a conversation says in the terminal: lines for people, or values for JSON."""

from __future__ import annotations

from typing import Any

from memviz.cli.output import plain
from memviz.dialogue.turns import ASSISTANT
from memviz.session.chat_state import ChatState, Proposal


def print_new(before: ChatState, after: ChatState) -> None:
    """The answer, and what was remembered, since a state."""
    for turn in after.turns[len(before.turns) :]:
        if turn.turn.role == ASSISTANT:
            print(plain(turn.turn.text))
    for proposal in after.proposals[len(before.proposals) :]:
        print("  " + claim_line(proposal))


def claim_line(proposal: Proposal) -> str:
    """``+ Ann lives in Lisbon. (90 %, entry 12)``"""
    where = f"entry {proposal.entry_id}" if proposal.entry_id is not None else str(proposal.status)
    return f"+ {plain(proposal.claim.text)} ({100 * proposal.claim.confidence:.0f} %, {where})"


def claim_as_dict(proposal: Proposal) -> dict[str, Any]:
    claim = proposal.claim
    return {
        "key": claim.key,
        "value": claim.value,
        "text": claim.text,
        "kind": str(claim.kind),
        "confidence": claim.confidence,
        "words": [evidence.words for evidence in claim.evidence],
        "found_by": proposal.found_by,
        "status": str(proposal.status),
        "entry": proposal.entry_id,
    }


def state_as_dict(before: ChatState, after: ChatState, said: str) -> dict[str, Any]:
    """What one turn brought."""
    new = after.turns[len(before.turns) :]
    answers = [turn for turn in new if turn.turn.role == ASSISTANT]
    buffer = after.buffer
    return {
        "said": said,
        "answer": answers[-1].turn.text if answers else None,
        "entries": [turn.entry_id for turn in new],
        "recalled": list(answers[-1].recalled) if answers else [],
        "claims": [claim_as_dict(proposal) for proposal in after.proposals[len(before.proposals) :]],
        "buffer": {
            "tokens": buffer.tokens,
            "budget": buffer.budget,
            "exact": after.exact_tokens,
            "held": [held.number for held in buffer.held],
            "evicted": [gone.number for gone in buffer.evicted],
        },
        "notice": after.notice,
    }
