"""What became of every entry that recall looked at: the bill of a run, read by tables, JSON and the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from memviz.core.events import FILTER_CAUSES, Candidate, PromptEvent, RecallEvent
from memviz.core.trace import Trace

#: An injected entry that got less than this share of the answer's attention counts as unused.
UNUSED_SHARE = 0.02
#: The most read entry is worth a remark where its rank is greater than this.
FIRST_RANKS = 3

#: Causes that are filters, in the order in which they are tried.
FILTERS = FILTER_CAUSES
PASSED = "passed"


def candidates_of(trace: Trace) -> tuple[Candidate, ...]:
    """All candidates in rank order; one that did not fit into the prompt counts as cut. Any thread."""
    if trace.recall is None:
        return ()
    cut = {one.entry_id: one.reason for one in trace.prompt.cut} if trace.prompt is not None else {}
    return tuple(
        replace(one, status="cut", reason=cut[one.entry_id], cause="budget") if one.entry_id in cut else one
        for one in trace.recall.candidates
    )


def prompt_tokens(prompt: PromptEvent | None) -> dict[int, int]:
    """Entry id -> tokens of the prompt that are its; empty where slots are no tokens."""
    counts: Counter[int] = Counter()
    for slot in prompt.slots if prompt is not None else ():
        if slot.entry_id is not None and slot.spans:
            counts[slot.entry_id] += sum(end - begin for begin, end in slot.spans)
    return dict(counts)


def disagreements(candidates: Iterable[Candidate], shares: Mapping[int, float]) -> dict[int, str]:
    """Entry id -> a remark where recall and model disagree about it; ``shares`` as in ``attention_shares``."""
    injected = [one for one in candidates if one.status == "injected" and one.entry_id in shares]
    remarks = {one.entry_id: "injected, unused" for one in injected if shares[one.entry_id] < UNUSED_SHARE}
    most = max(injected, key=lambda one: shares[one.entry_id], default=None)
    if most is not None and most.rank > FIRST_RANKS and shares[most.entry_id] >= UNUSED_SHARE:
        remarks[most.entry_id] = "most attention, low rank"
    return remarks


def passed(candidate: Candidate) -> str:
    """Which filter cut it, or that it passed them all."""
    return candidate.cause if candidate.cause in FILTERS else PASSED


def summary(recall: RecallEvent, candidates: Sequence[Candidate], prompt: PromptEvent | None = None) -> list[str]:
    """Short clauses: how many were found by what, how many were cut by what, tokens used, how it was scored."""
    injected = sum(one.status == "injected" for one in candidates)
    said = [f"{injected:,} of {len(candidates):,} candidates injected"]
    causes = Counter(one.cause or "other" for one in candidates if one.status != "injected")
    if causes:
        said.append("cut: " + ", ".join(f"{count:,} {cause}" for cause, count in causes.most_common()))
    tokens = sum(prompt_tokens(prompt).values())
    if tokens and prompt is not None:
        of = f" of {prompt.context_length:,}" if prompt.context_length else ""
        said.append(f"tokens: {tokens:,} by entries, {len(prompt.token_texts):,}{of} in all")
    said += [*_found_words(candidates), f"score: {recall.metric}"]
    return [recall.note.removesuffix("."), *said] if recall.note else said


def _found_words(candidates: Sequence[Candidate]) -> list[str]:
    found = [set(one.found) for one in candidates]
    words, vectors = (sum(name in each for each in found) for name in ("lexical", "dense"))
    if not words and not vectors:
        return []
    both = sum({"lexical", "dense"} <= each for each in found)
    if not vectors:
        return [f"found: {words:,} by words"]
    return [f"found: {words:,} by words, {vectors:,} by vectors, {both:,} by both"]
