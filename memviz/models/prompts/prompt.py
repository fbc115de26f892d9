"""The prompt of one run: entries, dialogue and question as tokens within the model's context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import Candidate, PromptEvent, RecallEvent, Slot
from memviz.core.query import Query, Turn
from memviz.models.prompts.slots import Layout, causal_layout
from memviz.models.prompts.template import Piece, PromptTemplate
from memviz.models.prompts.tokens import PromptTokens, longest_token, tokenize


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt ready to be read.

    Attributes:
        text: the whole of it.
        tokens: its tokens.
        slots: sink, instructions, entries in rank order, turns, question, answer.
        slot_of_token: for each prompt token the index of its slot.
        entries: the entries that are in it, in rank order.
        cut: the entries that did not fit, with the reason.
        cut_turns: how many turns did not fit, the oldest.
        context_length: tokens that prompt and answer may take together; None: no limit.
        answer_room: tokens that the answer may take.
    """

    text: str
    tokens: PromptTokens
    slots: tuple[Slot, ...]
    slot_of_token: tuple[int, ...]
    entries: tuple[Entry, ...]
    cut: tuple[Candidate, ...]
    cut_turns: int
    context_length: int | None
    answer_room: int

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
            cut_turns=self.cut_turns,
            context_length=self.context_length or 0,
            answer_room=self.answer_room,
        )


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a prompt is made of, and what of it fits.

    Attributes:
        limit: tokens of prompt and answer together; None: no limit.
        reserved: tokens that are kept for the answer.
        entries, turns: positions of those that fit.
        reasons: for the entries that don't, why.
    """

    template: PromptTemplate
    query: Query
    given: Sequence[Entry]
    limit: int | None
    reserved: int
    entries: tuple[int, ...]
    turns: tuple[int, ...]
    reasons: dict[int, str]

    @property
    def kept_entries(self) -> tuple[Entry, ...]:
        return tuple(self.given[at] for at in self.entries)

    @property
    def kept_turns(self) -> tuple[Turn, ...]:
        return tuple(self.query.dialogue[at] for at in self.turns)


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
        self._chat_tokenizer = tokenizer if chat else None
        self._context_length = context_length
        self._model_name = model_name
        self._layout = layout or causal_layout
        self._whole = whole
        self._longest_token = longest_token(tokenizer)

    def build(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None = None) -> Prompt:
        """The prompt for a question, with as many entries and turns as the context can hold.

        Room is kept for the answer's ``max_tokens``, but no more than a quarter of the context. What does not fit is
        cut in this order: entries that are too long even alone, the oldest turns, the entries of the lowest ranks.

        Raises:
            KnownError: the question does not fit even alone, or the template cannot be used.
        """
        template = self._template if query.template is None else replace(self._template, text=query.template)
        limit = self._limit(query)
        reserved = 0 if self._whole or limit is None else min(query.max_tokens, limit // 4)
        draft = _Draft(
            template, query, entries, limit, reserved, tuple(range(len(entries))), tuple(range(len(query.dialogue))), {}
        )
        return self._prompt(draft if limit is None else self._fitting(draft, limit), recall)

    def _limit(self, query: Query) -> int | None:
        if not query.window:
            return self._context_length
        if query.window < 0:
            raise KnownError(f"The window must be at least 1 token (0: all that the model has), not {query.window}.")
        return query.window if self._context_length is None else min(query.window, self._context_length)

    def _fitting(self, draft: _Draft, limit: int) -> _Draft:
        """The draft with only what fits."""
        budget = self._budget(draft, limit)
        words = f"the prompt may have {budget:,} tokens"
        if draft.reserved:
            words += f" ({limit:,} less {draft.reserved:,} for the answer)"
        # Not even tokenized: a megabyte of text cannot fit, and tokenizing it takes a second.
        short = tuple(at for at in draft.entries if len(draft.given[at].text) <= budget * self._longest_token)
        pieces = self._pieces(replace(draft, entries=short))
        tokens = self._tokenize(pieces)
        owners = [pieces[index] for index in tokens.pieces if index >= 0]
        costs = Counter((piece.kind == "turn", piece.entry) for piece in owners if piece.entry is not None)
        turn_costs = [costs[True, position] for position in range(len(draft.turns))]
        entry_costs = {at: costs[False, position] for position, at in enumerate(short)}
        fixed = len(tokens.ids) - sum(turn_costs) - sum(entry_costs.values())
        if draft.turns:  # what a chat template says around each turn goes with it
            around = max(fixed - self._length(draft, (), ()), 0) // len(draft.turns)
            turn_costs = [cost + around for cost in turn_costs]
            fixed -= around * len(draft.turns)
        kept = [at for at in short if fixed + entry_costs[at] <= budget]
        too_long = f"too long for “{self._model_name}” even alone: {words}"
        reasons = dict.fromkeys(set(draft.entries) - set(kept), too_long)
        turns = list(draft.turns)
        # As counted in the one long prompt; at the borders of pieces the real one may differ by a token.
        total = fixed + sum(entry_costs[at] for at in kept) + sum(turn_costs)
        while (kept or turns) and (total > budget or self._length(draft, kept, turns) > budget):
            if turns:
                total -= turn_costs[turns.pop(0)]
                while self._chat_tokenizer is not None and turns and draft.query.dialogue[turns[0]].role != "user":
                    total -= turn_costs[turns.pop(0)]  # many chat templates refuse an answer without its question
                continue
            last = kept.pop()
            total -= entry_costs[last]
            reasons[last] = f"lowest rank where not all fit: {words}"
        return replace(draft, entries=tuple(kept), turns=tuple(turns), reasons=reasons)

    def _budget(self, draft: _Draft, limit: int) -> int:
        """Prompt tokens that may be used; the question alone may take from the answer's room."""
        needed = self._length(draft, (), ())
        if needed > limit - (0 if self._whole else 1):
            smaller = draft.query.window and limit != self._context_length
            may = "the window holds only" if smaller else f"“{self._model_name}” can read only"
            mend = "shorten the question or widen the window" if smaller else "shorten the question"
            raise KnownError(f"The question needs {needed:,} tokens, but {may} {limit:,}; {mend}.")
        return max(limit - draft.reserved, needed)

    def _length(self, draft: _Draft, entries: Sequence[int], turns: Sequence[int]) -> int:
        return len(self._tokenize(self._pieces(replace(draft, entries=tuple(entries), turns=tuple(turns)))).ids)

    def _prompt(self, draft: _Draft, recall: RecallEvent | None) -> Prompt:
        inside, turns = draft.kept_entries, draft.kept_turns
        pieces = self._pieces(draft)
        tokens = self._tokenize(pieces)
        slots, slot_of_token = self._layout(tokens, pieces, inside, turns)
        room = draft.query.max_tokens
        if draft.limit is not None and not self._whole:
            room = min(room, draft.limit - len(tokens.ids))
        return Prompt(
            text="".join(piece.text for piece in pieces),
            tokens=tokens,
            slots=slots,
            slot_of_token=slot_of_token,
            entries=inside,
            cut=tuple(_cut_candidate(draft.given[at], at, draft.reasons[at], recall) for at in sorted(draft.reasons)),
            cut_turns=len(draft.query.dialogue) - len(turns),
            context_length=draft.limit,
            answer_room=room,
        )

    def _pieces(self, draft: _Draft) -> list[Piece]:
        return draft.template.pieces(
            draft.kept_entries, draft.query.text, self._chat_tokenizer, dialogue=draft.kept_turns
        )

    def _tokenize(self, pieces: Sequence[Piece]) -> PromptTokens:
        return tokenize(self._tokenizer, pieces, add_special=self._chat_tokenizer is None, whole=self._whole)


def _cut_candidate(entry: Entry, position: int, reason: str, recall: RecallEvent | None) -> Candidate:
    known = next((c for c in recall.candidates if c.entry_id == entry.id), None) if recall is not None else None
    if known is None:
        return Candidate(entry.id, position + 1, 0.0, MappingProxyType({}), "cut", reason, "budget")
    return replace(known, status="cut", reason=reason, cause="budget")
