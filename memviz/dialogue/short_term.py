"""The short-term buffer: the newest turns of a dialogue, as many as a budget of tokens holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from memviz.core.errors import KnownError
from memviz.core.query import Turn
from memviz.core.text import has_cjk, spaced_cjk
from memviz.dialogue.turns import USER, SpokenTurn

_CHARACTERS_OF_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """A turn that is, or was, in the buffer.

    Attributes:
        number: of the turn in its dialogue, from 1.
        tokens: its length.
        evicted_by: number of the turn that it made room for; None while it is held.
    """

    number: int
    turn: SpokenTurn
    tokens: int
    evicted_by: int | None = None


@dataclass(frozen=True, slots=True)
class ShortTerm:
    """A queue of turns with a budget of tokens: adding evicts the oldest. A value; changes give a new one.

    A turn of the user and the answers to it are evicted together, so that no answer stands without its question. The
    newest of these exchanges stays even where it alone is larger than the budget; :attr:`over` says so.

    Attributes:
        budget: tokens, at least 1.
        held: the oldest first.
        evicted: in the order in which they went.
    """

    budget: int
    held: tuple[HeldTurn, ...] = ()
    evicted: tuple[HeldTurn, ...] = ()

    def __post_init__(self) -> None:
        if self.budget < 1:
            raise KnownError(f"The short-term buffer must hold at least 1 token, not {self.budget}.")

    @property
    def tokens(self) -> int:
        """Tokens of all turns that are held."""
        return sum(held.tokens for held in self.held)

    @property
    def share(self) -> float:
        """How full it is: 1 is full, more is :attr:`over`."""
        return self.tokens / self.budget

    @property
    def over(self) -> bool:
        """Whether the newest exchange alone is larger than the budget."""
        return self.tokens > self.budget

    @property
    def count(self) -> int:
        """Number of turns that were ever added."""
        return len(self.held) + len(self.evicted)

    def added(self, turn: SpokenTurn, tokens: int) -> ShortTerm:
        """With one more turn of this many tokens, and without those that it leaves no room for."""
        new = HeldTurn(self.count + 1, turn, max(0, tokens))
        return replace(self, held=(*self.held, new))._within_budget(new.number)

    def with_budget(self, budget: int) -> ShortTerm:
        """With another budget; a smaller one evicts at once."""
        return replace(self, budget=budget)._within_budget(self.count)

    def emptied(self) -> ShortTerm:
        """A new session begins: all that is held is evicted."""
        gone = tuple(replace(held, evicted_by=self.count + 1) for held in self.held)
        return replace(self, held=(), evicted=self.evicted + gone)

    def dialogue(self) -> tuple[Turn, ...]:
        """What is held, as a question carries it."""
        return tuple(Turn(held.turn.role, held.turn.text) for held in self.held)

    def _within_budget(self, by: int) -> ShortTerm:
        held = list(self.held)
        tokens = self.tokens
        gone: list[HeldTurn] = []
        while tokens > self.budget:
            first = _first_exchange(held)
            if first == len(held):
                break
            gone += held[:first]
            tokens -= sum(turn.tokens for turn in held[:first])
            del held[:first]
        if not gone:
            return self
        evicted = tuple(replace(turn, evicted_by=by) for turn in gone)
        return replace(self, held=tuple(held), evicted=self.evicted + evicted)


def _first_exchange(held: list[HeldTurn]) -> int:
    """How many turns belong to the oldest exchange: up to the next turn of the user."""
    later = (at for at in range(1, len(held)) if held[at].turn.role == USER)
    return next(later, len(held))


def estimated_tokens(text: str) -> int:
    """An estimate for where no tokenizer is: four characters a token, a Chinese character one token."""
    if not has_cjk(text):
        return -(-len(text) // _CHARACTERS_OF_A_TOKEN)
    pieces = spaced_cjk(text).split()
    return sum(1 if has_cjk(piece) else -(-len(piece) // _CHARACTERS_OF_A_TOKEN) for piece in pieces)
