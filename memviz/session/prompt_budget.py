"""Why an entry that recall injected is not in the prompt, and what would make room for it.

The model's own builder of prompts is asked, so what it says is what it would do: every remedy was tried on it first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import Candidate, PromptEvent, RecallEvent
from memviz.core.progress import Progress, no_progress
from memviz.core.query import Query
from memviz.core.snapshot import Snapshot
from memviz.core.why_not import Remedy, WhyNot
from memviz.recall.watched_snapshot import WatchedSnapshot
from memviz.recall.why_not import LOOKING
from memviz.session.recorder import told_entries
from memviz.session.run import Run
from memviz.session.session import Session

#: A prompt as ``models.prompts.prompt.Prompt`` describes it, of a question, entries in their order, and their recall.
Build = Callable[[Query, Sequence[Entry], RecallEvent | None], Any]


def was_cut_by_prompt(run: Run, entry_id: int) -> bool:
    """Whether recall injected an entry, and the run's prompt had no room for it."""
    prompt = run.trace.prompt
    return prompt is not None and any(one.entry_id == entry_id for one in prompt.cut)


def why_cut_by_prompt(session: Session, run: Run, entry_id: int, progress: Progress = no_progress) -> Future[WhyNot]:
    """How many tokens an entry needs that the prompt of a run cut, how many were left, and what makes room for it.

    The future raises :class:`KnownError` where the model of the run is gone or tells nothing of its prompts, and
    ``Cancelled`` where ``progress`` does, which is called before each prompt, or the session is closed.
    """
    progress = session.stoppable(progress)

    def look(recaller: Any, snapshot: Snapshot) -> WhyNot:
        model = run.model
        if model is None or model is not session.model:
            raise KnownError("The model that made this prompt is not loaded any more; load it and ask again.")
        build: Build | None = getattr(model, "prompt", None)
        if build is None:
            raise KnownError("The prompt had no room for it, and this model does not tell how much is missing.")

        def watched(query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Any:
            progress(0, 0, LOOKING)
            return build(query, entries, recall)

        return _why(watched, recaller, WatchedSnapshot(snapshot, progress, LOOKING), run, entry_id)

    return session.recall_call(look, as_of=run.memory_version if run.query.as_of is None else run.query.as_of)


def _why(build: Build, recaller: Any, snapshot: Snapshot, run: Run, entry_id: int) -> WhyNot:
    prompt, recall = run.trace.prompt, run.trace.recall
    entry = run.recalled(entry_id)
    if prompt is None or recall is None or entry is None:
        raise KnownError(f"This run did not recall entry {entry_id}.")
    own = next(one for one in prompt.cut if one.entry_id == entry_id)
    needed = _tokens_of(build, run.query, entry, own)
    kept = _kept_for_answer(run.query, prompt)
    left = max(0, prompt.context_length - kept - len(prompt.token_texts))
    reason = (
        f"Recall injected it at rank {own.rank}, and the prompt had no room: it needs {needed:,} tokens,"
        f" and {left:,} of {prompt.context_length:,} were left beside {kept:,} for the answer."
    )
    desk = _Desk(build, recaller, snapshot, run.query, entry_id)
    remedies = tuple(remedy for remedy in (desk.shorter_answer(), desk.whole_window(), desk.pinned()) if remedy)
    if not remedies:
        reason += " It is too long even alone: shorten it, or load a model with a longer context."
    return WhyNot(entry_id, False, "budget", reason, dict(own.found), own.score, dict(own.parts), remedies)


def _kept_for_answer(query: Query, prompt: PromptEvent) -> int:
    """As the builder of prompts keeps it: at most a quarter of the context."""
    return min(query.max_tokens, prompt.context_length // 4)


def _tokens_of(build: Build, query: Query, entry: Entry, own: Candidate) -> int:
    """Tokens that an entry takes in a prompt; where it does not fit even alone, those of its beginning scaled up."""
    alone = replace(query, max_tokens=1, dialogue=(), window=0)
    shown = entry.text
    while True:
        prompt = build(alone, [replace(entry, text=shown)], None)
        spans = [span for slot in prompt.slots if slot.entry_id == own.entry_id for span in slot.spans]
        taken: int = sum(end - begin for begin, end in spans)
        if taken or len(shown) < 2:
            return round(taken * len(entry.text) / max(1, len(shown)))
        shown = shown[: len(shown) // 2]


class _Desk:
    """Tries changes of a question: recall first, then the prompt. Query thread."""

    def __init__(self, build: Build, recaller: Any, snapshot: Snapshot, query: Query, entry_id: int) -> None:
        self._build, self._recaller, self._snapshot = build, recaller, snapshot
        self._query, self._entry_id = query, entry_id

    def shorter_answer(self) -> Remedy | None:
        """The most answer tokens with which the entry fits; found by halving, since fewer only ever make more room."""
        recall, entries = self._recalled(self._query)
        low, high = 0, self._query.max_tokens  # it fits with ``low`` tokens once that is above 0; not with ``high``
        while high - low > 1:
            middle = (low + high) // 2
            if self._fits(replace(self._query, max_tokens=middle), entries, recall):
                low = middle
            else:
                high = middle
        if not low:
            return None
        before = self._query.max_tokens
        query = replace(self._query, max_tokens=low)
        return Remedy(f"answer tokens {before:,} → {low:,}", "max_tokens", before, low, query=query)

    def whole_window(self) -> Remedy | None:
        if not self._query.window:
            return None
        query = replace(self._query, window=0)
        if not self._helps(query):
            return None
        words = f"use all of the model’s context, not {self._query.window:,} tokens of it"
        return Remedy(words, "window", self._query.window, 0, query=query)

    def pinned(self) -> Remedy | None:
        after = (self._entry_id, *(one for one in self._query.pinned if one != self._entry_id))
        query = replace(self._query, pinned=after)
        if not self._helps(query):
            return None
        words = "pin it to this question: it comes first, and the lowest ranks make room"
        return Remedy(words, "pinned", self._query.pinned, after, query=query)

    def _helps(self, query: Query) -> bool:
        recall, entries = self._recalled(query)
        return self._fits(query, entries, recall)

    def _recalled(self, query: Query) -> tuple[RecallEvent, list[Entry]]:
        recall: RecallEvent = self._recaller(query, self._snapshot)
        return recall, told_entries(recall, self._snapshot.get([one.entry_id for one in recall.injected()]))

    def _fits(self, query: Query, entries: Sequence[Entry], recall: RecallEvent) -> bool:
        return any(one.id == self._entry_id for one in self._build(query, entries, recall).entries)
