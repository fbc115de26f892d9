"""What a conversation remembers: claims that were found, stored, dismissed, edited and undone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Any

from memviz.core.edits import Change, Update
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.dialogue.claims import as_entry, evidence_of, metadata_with, restated
from memviz.dialogue.profile import ProfileRow, profile_of
from memviz.dialogue.turns import USER
from memviz.session.chat_base import ChatBase
from memviz.session.chat_claims import by_model, by_rules
from memviz.session.chat_forgotten import without
from memviz.session.chat_state import ChatTurn, ClaimStatus, Proposal
from memviz.session.chat_store import KnownEntries, not_stored, source_of, store_claim


class RemembersClaims(ChatBase):
    """A part of :class:`~memviz.session.chat.Conversation`; its thread finds and stores, any other may ask for it."""

    def __init__(self, *given: Any, store_claims: bool, by_model: bool) -> None:
        super().__init__(*given)
        self.store_claims = store_claims
        self.by_model = by_model
        self._known = KnownEntries(self._memory)
        self._unsubscribe = self._session.on_change(self._memory_changed)

    def _consolidate(self, said: ChatTurn) -> None:
        """Finds claims in a turn, and stores them where that is wished."""
        if said.turn.role != USER:
            return
        found = by_model(self._session, said) if self.by_model and self.answers else by_rules(said)
        if found.notice:
            self._change(notice=found.notice)
        known = self._state.proposals
        new = tuple(
            Proposal(number, claim, said.number, found.found_by)
            for number, claim in enumerate(found.claims, len(known) + 1)
        )
        if new:
            self._change(proposals=known + new)
            if self.store_claims:
                self._store([each.number for each in new])

    def store(self, *numbers: int) -> Future[None]:
        """Stores claims that were found, by their numbers; those that are stored already stay as they are."""
        return self._do(self._store, numbers)

    def _store(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            proposal = self._proposal(number)
            if proposal.status is ClaimStatus.STORED:
                continue
            source = source_of(self._state.turns[proposal.turn - 1].session)
            claim, found_by = proposal.claim, proposal.found_by
            try:
                entry_id = store_claim(self._memory, self._known, claim, source=source, found_by=found_by)
            except KnownError as error:
                self._change(notice=not_stored(f"“{claim.text}”", error))
                raise
            self._put(replace(proposal, status=ClaimStatus.STORED, entry_id=entry_id))

    def dismiss(self, *numbers: int) -> None:
        """Claims that the user does not want; one that is stored stays in the memory, where it can be deleted."""
        for proposal in map(self._proposal, numbers):
            if proposal.status is ClaimStatus.PROPOSED:
                self._put(replace(proposal, status=ClaimStatus.DISMISSED))

    def edit_claim(self, number: int, *, text: str = "", value: str = "") -> Future[None]:
        """Changes the sentence or the value of a claim, before or after it was stored.

        A sentence brings its value along, see :func:`~memviz.dialogue.claims.restated`.
        """
        return self._do(self._edit_claim, number, text.strip(), value.strip())

    def _edit_claim(self, number: int, text: str, value: str) -> None:
        proposal = self._proposal(number)
        claim = restated(proposal.claim, text) if text else proposal.claim
        claim = replace(claim, value=value) if value else claim
        if proposal.status is ClaimStatus.STORED and proposal.entry_id is not None:
            entry = self._entry(proposal.entry_id)
            metadata = metadata_with(entry, claim)
            self._memory.edit([Update(entry.id, key=claim.key, text=claim.text, metadata=metadata)])
        self._put(replace(self._proposal(number), claim=claim))

    def _entry(self, entry_id: int) -> Entry:
        found = self._memory.call(lambda store: store.get([entry_id]))
        if not found:
            raise KnownError(f"The memory has no entry {entry_id} any more; undo its deletion, then edit it.")
        return found[0]

    def _proposal(self, number: int) -> Proposal:
        proposals = self._state.proposals
        if not 1 <= number <= len(proposals):
            raise KnownError(f"There is no claim {number}; {len(proposals)} were found.")
        return proposals[number - 1]

    def _put(self, proposal: Proposal) -> None:
        with self._lock:
            known = self._state.proposals
            at = proposal.number - 1
            self._change(proposals=(*known[:at], proposal, *known[at + 1 :]))

    def profile(self, owner: str = "") -> Future[tuple[ProfileRow, ...]]:
        """The profile of an owner; of the conversation's where none is named."""
        whose = owner or self._state.owner
        return self._worker.submit(lambda: profile_of(whose, self._known.of(whose)))

    def _memory_changed(self, change: Change) -> None:
        """On the store thread: an undo of a stored claim makes it a proposal again, a redo stores it."""
        if not self._memory.is_open:
            return
        self._known.changed(change)
        if change.kind == "forget":
            with self._lock:
                if values := without(self._state, set(change.deleted)):
                    self._change(**values)
            return
        gone, come, other = set(change.deleted), set(change.inserted), set(change.updated)
        with self._lock:
            for proposal in self._state.proposals if gone or change.kind == "redo" else ():
                if proposal.entry_id in gone and proposal.status is ClaimStatus.STORED:
                    self._put(replace(proposal, status=ClaimStatus.PROPOSED))
                elif proposal.entry_id in come and proposal.status is ClaimStatus.PROPOSED:
                    self._put(replace(proposal, status=ClaimStatus.STORED))
            other &= {each.entry_id for each in self._state.proposals if each.entry_id is not None}
        if other:
            with suppress(KnownError):  # closed meanwhile
                self._do_aside(self._follow, sorted(other))

    def _follow(self, ids: Sequence[int]) -> None:
        """Entries of claims were changed, or that was undone: claims are as their entries say them now.

        An entry that no longer names a claim's turn as evidence does not say it for that turn: a merge was undone.
        """
        entries = {entry.id: entry for entry in self._memory.call(lambda store: store.get(ids))}
        with self._lock:
            for proposal in self._state.proposals:
                entry = entries.get(proposal.entry_id or 0)
                if entry is None or proposal.status is ClaimStatus.DISMISSED:
                    continue
                turns = {each.turn for each in evidence_of(entry)}
                if all(each.turn in turns for each in proposal.claim.evidence):
                    now = replace(proposal, status=ClaimStatus.STORED, claim=as_entry(proposal.claim, entry))
                else:
                    now = replace(proposal, status=ClaimStatus.PROPOSED)
                if now != proposal:
                    self._put(now)
