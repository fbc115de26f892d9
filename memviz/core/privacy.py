"""Private entries masked, for pictures, exports and recordings that others will see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType

from memviz.core.edits import EntryDiff
from memviz.core.entry import Entry
from memviz.core.events import (
    BeamEvent,
    Candidate,
    Event,
    FinishEvent,
    HypothesesEvent,
    OutputEvent,
    PromptEvent,
    RecallEvent,
    Slot,
)

#: Stands for what is private.
MASK = "•••"
#: What is masked of a private entry.
PRIVATE_FIELDS = frozenset({"key", "text", "owner", "source", "tags", "metadata"})


def masked_entry(entry: Entry) -> Entry:
    """A private entry without a word of it; any other as it is. Id, times, counts and flags stay."""
    return _without_words(entry) if entry.private else entry


def masked_diff(diff: EntryDiff, *, private: bool = False) -> EntryDiff:
    """A change of an entry that is private before or after it, without a word of either side; any other as it is.

    Which of the :data:`PRIVATE_FIELDS` changed cannot be told from it: ask ``diff`` itself.

    Args:
        private: the entry is private by now, whatever it was then.
    """
    if not (private or any(side is not None and side.private for side in (diff.before, diff.after))):
        return diff
    before, after = (None if side is None else _without_words(side) for side in (diff.before, diff.after))
    return replace(diff, before=before, after=after)


def _without_words(entry: Entry) -> Entry:
    return replace(
        entry,
        key=MASK,
        text=MASK,
        owner=MASK if entry.owner else "",
        source=MASK if entry.source else "",
        tags=(MASK,) if entry.tags else (),
        metadata=MappingProxyType({}),
    )


@dataclass(frozen=True, slots=True)
class Masking:
    """What of a run is masked: the private entries that it was given, and what its answer can only have from them.

    Attributes:
        ids: of private entries.
        said: all that they say, in small letters.
        known: all that the question and the other entries in the prompt say, in small letters.
    """

    ids: frozenset[int]
    said: str
    known: str

    @classmethod
    def of(cls, entries: Iterable[Entry], question: str, told: Collection[int]) -> Masking | None:
        """None where nothing is private.

        Args:
            entries: all that recall looked at, and the turns of the dialogue that are entries.
            told: ids of those in the prompt, where turns are told otherwise.
        """
        private: list[Entry] = []
        others: list[Entry] = []
        for entry in entries:
            if entry.private:
                private.append(entry)
            elif entry.id in told:
                others.append(entry)
        if not private:
            return None
        known = "\n".join([question, *(f"{entry.key}\n{entry.text}" for entry in others)])
        said = "\n".join(f"{entry.key}\n{entry.text}" for entry in private)
        return cls(frozenset(entry.id for entry in private), said.lower(), known.lower())

    def event(self, event: Event) -> Event:
        """The event as others may see it."""
        match event:
            case RecallEvent():
                remarks = {key: MASK if key in self.ids else words for key, words in event.remarks.items()}
                remarks |= {one.entry_id: MASK for one in event.candidates if self._disputes(one, remarks)}
                candidates = tuple(map(self._candidate, event.candidates))
                return replace(event, candidates=candidates, remarks=MappingProxyType(remarks))
            case PromptEvent():
                return self._prompt(event)
            case OutputEvent():
                others = tuple(replace(one, text=self.words(one.text)) for one in event.alternatives)
                return replace(event, text=self.words(event.text), alternatives=others)
            case BeamEvent():
                beams = (
                    replace(one, text=self._sentence(one.text), token_text=self.words(one.token_text))
                    for one in event.beams
                )
                return replace(event, beams=tuple(beams))
            case HypothesesEvent():
                texts = (replace(one, text=self._sentence(one.text)) for one in event.hypotheses)
                return replace(event, hypotheses=tuple(texts))
            case FinishEvent():
                return replace(event, answer=self._sentence(event.answer))
        return event

    def words(self, text: str) -> str:
        """A token or word, masked where private entries say it and nothing else does; the space around it stays."""
        bare = text.strip()
        if not any(character.isalnum() for character in bare):
            return text
        if bare.lower() not in self.said or bare.lower() in self.known:
            return text
        begin = text.index(bare)
        return text[:begin] + MASK + text[begin + len(bare) :]

    def _sentence(self, text: str) -> str:
        return " ".join(self.words(word) for word in text.split(" "))

    def _disputes(self, one: Candidate, remarks: dict[int, str]) -> bool:
        """What the model is told of it may quote a private entry."""
        return one.entry_id in remarks and not self.ids.isdisjoint(one.conflicts)

    def _candidate(self, one: Candidate) -> Candidate:
        """Two reasons quote an entry: whose it is, and what it is about that another one stands for."""
        if one.entry_id not in self.ids and self.ids.isdisjoint(one.conflicts):
            return one
        if one.cause == "superseded":
            decided, about, topic = one.reason.partition(" about ")
            return replace(one, reason=f"{decided}{about}{MASK}") if topic else one
        return replace(one, reason=MASK) if one.cause == "owner" else one

    def _hides(self, slot: Slot) -> bool:
        """A turn may repeat a private entry, or be one: none is shown, since a slot does not tell which."""
        return slot.entry_id in self.ids or slot.kind == "turn"

    def _prompt(self, event: PromptEvent) -> PromptEvent:
        tokens = list(event.token_texts)
        for slot in event.slots:
            if self._hides(slot):
                for begin, end in slot.spans:
                    for at in range(begin, min(end, len(tokens))):
                        tokens[at] = f" {MASK}" if at == begin else ""
        told = any(slot.entry_id in self.ids for slot in event.told)
        hidden = any(self._hides(slot) and not slot.spans for slot in event.slots) or told
        return replace(
            event,
            text=MASK if hidden else "".join(tokens),
            token_texts=tuple(MASK for _ in tokens) if hidden else tuple(tokens),
            slots=tuple(map(self._slot, event.slots)),
            told=tuple(map(self._slot, event.told)),
            step_texts=tuple(MASK for _ in event.step_texts) if hidden else event.step_texts,
        )

    def _slot(self, slot: Slot) -> Slot:
        return replace(slot, label=MASK) if self._hides(slot) else slot
