"""What a conversation is at a moment: values that any thread may read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from memviz.dialogue.claims import Claim
from memviz.dialogue.short_term import ShortTerm
from memviz.dialogue.turns import SpokenTurn


class ClaimStatus(StrEnum):
    PROPOSED = "proposed"  #: found, not stored
    STORED = "stored"  #: an entry of the memory
    DISMISSED = "dismissed"  #: the user does not want it


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where something is said: whose memory it is, and the name of the session."""

    owner: str
    session: str


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """A turn of the conversation.

    Attributes:
        number: from 1; the short-term buffer counts alike.
        sitting: in which it was said.
        entry_id: of its entry in the memory.
        recalled: ids of the entries that the prompt of an answer held, the best first.
        model: that answered; empty for what a user said, or a file recorded.
    """

    number: int
    turn: SpokenTurn
    sitting: Sitting
    entry_id: int
    recalled: tuple[int, ...] = ()
    model: str = ""

    @property
    def session(self) -> str:
        return self.sitting.session

    @property
    def owner(self) -> str:
        return self.sitting.owner


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim that was found, and what became of it.

    Attributes:
        number: from 1.
        turn: number of the turn that it was found in.
        found_by: ``rules``, or the name of a model.
        entry_id: of the entry that says it; None before it was stored.
    """

    number: int
    claim: Claim
    turn: int
    found_by: str
    status: ClaimStatus = ClaimStatus.PROPOSED
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class FilePlace:
    """The dialogue file that is stepped through: its name, turns that were read, turns that it has."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ChatState:
    """A conversation.

    Attributes:
        owner: whose memory what is said now is.
        session: name of the sitting that goes on.
        buffer: the short-term memory.
        exact_tokens: whether its tokens are those of the model; else they are estimated.
        turns: all of them, of earlier sittings too.
        proposals: everything that was found, the oldest first.
        file: None where none is loaded.
        notice: a sentence about what happened last; empty where there is nothing to say.
        version: greater after every change.
    """

    owner: str
    session: str
    buffer: ShortTerm
    exact_tokens: bool = False
    turns: tuple[ChatTurn, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    file: FilePlace | None = None
    notice: str = ""
    version: int = 0

    @property
    def sitting(self) -> Sitting:
        return Sitting(self.owner, self.session)

    def proposed(self) -> tuple[Proposal, ...]:
        """Those that wait for the user."""
        return tuple(each for each in self.proposals if each.status is ClaimStatus.PROPOSED)
