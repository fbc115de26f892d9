"""How well a memory recalls: questions with their evidence, under one or several settings."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from memviz.core.errors import KnownError
from memviz.core.measures import Difference, ndcg_at, paired_difference, quantile, recall_at, reciprocal_rank
from memviz.core.progress import Progress, no_progress
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.core.snapshot import Snapshot
from memviz.session.recall_evidence import held_entries
from memviz.session.recall_questions import RecallQuestion, Reference, read_entries
from memviz.session.recall_ways import BASELINE
from memviz.session.recall_words import parse_recall
from memviz.session.recalling import recall_settings
from memviz.session.session import Session

#: The ranks that are measured unless told otherwise.
DEFAULT_KS = (5, 10, 25, 50)
#: What all questions together are called among the categories.
OVERALL = "all"
_NO_CATEGORY = "(none)"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's outcome.

    Attributes:
        ranks: of each evidence, 1 is best; None for what was not recalled.
        ids: what was recalled, best first.
        seconds: that recall took.
    """

    ranks: tuple[int | None, ...]
    ids: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over questions; times are of recall alone, in milliseconds."""

    questions: int
    recall: dict[int, float]
    mrr: float
    ndcg: dict[int, float]
    median_ms: float
    p95_ms: float

    def as_json(self) -> dict[str, Any]:
        return {
            "questions": self.questions,
            **{f"recall@{k}": value for k, value in self.recall.items()},
            "mrr": self.mrr,
            **{f"ndcg@{k}": value for k, value in self.ndcg.items()},
            "median_ms": self.median_ms,
            "p95_ms": self.p95_ms,
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """All questions under one way of recall: ``asked`` has them in the order of :attr:`Comparison.questions`."""

    name: str
    settings: RecallSettings | None
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out.

    Attributes:
        ks: ascending.
        questions: those that have evidence, in the order of the file.
        ways: the ways of recall, the first is what the others are compared with.
        missing: (question, evidence that the memory does not hold), each counted as not recalled.
        without_evidence: questions that are in no figure.
        private: evidence that private entries are.
    """

    ks: tuple[int, ...]
    questions: tuple[RecallQuestion, ...]
    ways: tuple[Measured, ...]
    missing: tuple[tuple[RecallQuestion, Reference], ...]
    without_evidence: tuple[RecallQuestion, ...]
    private: frozenset[Reference] = frozenset()

    @property
    def categories(self) -> list[str]:
        """In the order in which the file names them, all questions last."""
        return [*dict.fromkeys(category_of(question) for question in self.questions), OVERALL]

    def figures(self, way: Measured, category: str = OVERALL) -> Figures:
        asked = [way.asked[at] for at in self._of(category)]
        seconds = [one.seconds for one in asked]
        return Figures(
            questions=len(asked),
            recall={k: _mean([recall_at(one.ranks, k) for one in asked]) for k in self.ks},
            mrr=_mean([reciprocal_rank(one.ranks) for one in asked]),
            ndcg={k: _mean([ndcg_at(one.ranks, k) for one in asked]) for k in self.ks},
            median_ms=1_000 * quantile(seconds, 0.5),
            p95_ms=1_000 * quantile(seconds, 0.95),
        )

    def difference(self, way: Measured, category: str = OVERALL, k: int | None = None) -> Difference:
        """How much the recall@k of ``way`` is above that of the first way; k None: the smallest."""
        k = self.ks[0] if k is None else k
        at = self._of(category)
        one, first = ([recall_at(each.asked[row].ranks, k) for row in at] for each in (way, self.ways[0]))
        return paired_difference(one, first)

    def misses(self, way: Measured, k: int | None = None) -> list[int]:
        """Places in :attr:`questions` of those of which an evidence is not among the first k."""
        k = self.ks[0] if k is None else k
        return [at for at, one in enumerate(way.asked) if recall_at(one.ranks, k) < 1.0]

    def _of(self, category: str) -> list[int]:
        return [at for at, question in enumerate(self.questions) if category in (OVERALL, category_of(question))]


def category_of(question: RecallQuestion) -> str:
    """The category; a word of its own for questions that have none, or that use the word for all of them."""
    return f"({OVERALL})" if question.category == OVERALL else question.category or _NO_CATEGORY


def memory_settings(session: Session, words: Iterable[str] = ()) -> RecallSettings:
    """The settings of the open memory with what ``KEY=VALUE`` words change. Blocks.

    Raises:
        KnownError: no memory is open, or a setting or value that does not exist.
    """
    return parse_recall(words, recall_settings(session).result())


def measure(
    session: Session,
    questions: Sequence[RecallQuestion],
    ways: Mapping[str, RecallSettings],
    *,
    ks: Sequence[int] = DEFAULT_KS,
    baseline: bool = False,
    file_ids: bool = False,
    embedder: str | None = None,
    progress: Progress = no_progress,
) -> Comparison:
    """Asks the open memory every question in every way, in turns; returns what came out. Blocks.

    Neither a model nor the use counts of entries are touched; the session may be used for other things meanwhile. Any
    thread but the session's own.

    Args:
        ways: name -> settings, the first is what the others are compared with.
        baseline: compare with plain BM25 over all entries as well.
        file_ids: see :func:`held_entries`.
        embedder: whose vectors are searched by the ways that search any, for this session only; None: the memory's, or
            the built-in one. Vectors that are missing are computed first.

    Raises:
        KnownError: no memory, no such embedder, no question that has evidence, a k that is none, a question that cannot
            be asked, or settings that this way of recall does not have.
        Cancelled: by ``progress``.
    """
    if not ks or min(ks) < 1:
        raise KnownError("k must be at least 1; give for example 5 10.")
    usable = tuple(question for question in questions if question.evidence)
    if not usable:
        raise KnownError("None of the questions has evidence, so nothing can be measured; give them “evidence”.")
    snapshot = session.store_call(lambda store: store.snapshot()).result()
    try:
        progress(0, 0, "looking for the evidence")
        held = held_entries(snapshot, usable, file_ids=file_ids)
        entries = snapshot.get(sorted({entry_id for ids in held.values() for entry_id in ids}))
        private = {entry.id for entry in entries if entry.private}
        if baseline:
            progress(0, 0, "reading the memory for plain BM25")
            plain = _baseline(snapshot, max(*ks, 200))
    finally:
        snapshot.close()
    densest = max(ways.values(), key=lambda settings: settings.dense, default=RecallSettings())
    vectors = session.embedder_for(densest, embedder, progress)
    if vectors is not None:
        vectors.result()
    askers: dict[str, _Asker] = {
        name: _asker(session, settings, max(*ks, settings.candidates)) for name, settings in ways.items()
    }
    if baseline:
        askers[BASELINE] = plain
    asked: dict[str, list[Asked]] = {name: [] for name in askers}
    for done, question in enumerate(usable):
        progress(done, len(usable), "asking")
        evidence = [held[one] for one in question.evidence]
        for name, ask in askers.items():
            ids, seconds = ask(question)
            asked[name].append(Asked(_ranks(evidence, ids), ids, seconds))
    progress(len(usable), len(usable), "asking")
    return Comparison(
        ks=tuple(sorted(set(ks))),
        questions=usable,
        ways=tuple(Measured(name, ways.get(name), tuple(of)) for name, of in asked.items()),
        missing=tuple((question, one) for question in usable for one in question.evidence if not held[one]),
        without_evidence=tuple(question for question in questions if not question.evidence),
        private=frozenset(one for one, ids in held.items() if not ids.isdisjoint(private)),
    )


class _Asker(Protocol):
    def __call__(self, question: RecallQuestion) -> tuple[tuple[int, ...], float]:
        """(ids of what is recalled, best first; seconds)."""
        ...


def _asker(session: Session, settings: RecallSettings, limit: int) -> _Asker:
    def ask(question: RecallQuestion) -> tuple[tuple[int, ...], float]:
        used = settings.changed(owner=question.owner) if question.owner else settings
        query = Query(question.text, limit=limit, least_share=0.0, recall=used, as_of=question.as_of)
        event = session.recalled(query).result()
        if event.settings is None and used != RecallSettings():
            raise KnownError("This memory is recalled in a way that has no settings; leave them out.")
        return tuple(candidate.entry_id for candidate in event.injected()), event.seconds

    return ask


def _baseline(snapshot: Snapshot, limit: int) -> _Asker:
    from memviz.recall.plain_bm25 import PlainBM25, entry_text

    index = PlainBM25((entry_id, entry_text(key, text)) for entry_id, key, text in snapshot.texts())

    def ask(question: RecallQuestion) -> tuple[tuple[int, ...], float]:
        started = time.perf_counter()
        found = index.search(question.text, limit=limit)
        return tuple(match.entry_id for match in found), time.perf_counter() - started

    return ask


def _ranks(evidence: Sequence[frozenset[int]], ids: Sequence[int]) -> tuple[int | None, ...]:
    """Of each evidence; an entry that stands for several is counted for the first of them that still lacks one."""
    ranks: list[int | None] = [None] * len(evidence)
    for rank, entry_id in enumerate(ids, 1):
        at = next((at for at, meant in enumerate(evidence) if ranks[at] is None and entry_id in meant), None)
        if at is not None:
            ranks[at] = rank
    return tuple(ranks)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


@contextmanager
def entries_opened(path: Path, progress: Progress = no_progress) -> Iterator[Session]:
    """A session with a temporary memory made of a JSONL file of entries; blocks until it is there.

    Raises:
        KnownError: the file cannot be read, or a line of it is no entry.
        Cancelled: by ``progress``.
    """
    from memviz.stores.packed import make_memory

    rows = read_entries(path)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        target = Path(folder) / "entries.sqlite"
        make_memory(target, iter(rows), len(rows), progress)
        with Session(progress=progress) as session:
            session.open_memory(str(target)).result()
            yield session
