"""Built-in recall against plain BM25 on development sets: dialogues in English and Chinese, and the movie memory."""

from __future__ import annotations

import random
import statistics
import time
from contextlib import closing
from pathlib import Path

import pytest

from memviz.core.edits import Insert
from memviz.core.measures import paired_difference, recall_at
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.core.resources import resource_path
from memviz.core.text import normalised
from memviz.recall.hybrid import HybridRecaller
from memviz.session.recall_eval import measure
from memviz.session.session import Session
from memviz.stores.packed import unpack
from memviz.stores.sqlite import SQLiteStore
from tests.benchmarks.memorybank import WRITTEN, dialogues

pytestmark = [pytest.mark.benchmark, pytest.mark.data]

#: What the first 600 of the shuffled questions found before turns of dialogues had parts of their own.
MOVIES = {1: 0.80, 5: 0.98, 12: 0.99}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("language", ["english", "chinese"])
def test_dialogues(data_sets: Path, tmp_path: Path, capsys, language: str, written: str) -> None:
    """One memory for each user, as each talks with an assistant of their own; by words, and by words and vectors."""
    shares: dict[str, tuple[list[float], list[float], list[float]]] = {}
    ways = {"recall": RecallSettings(), "with vectors": RecallSettings(dense=1.0)}
    for number, (turns, questions) in enumerate(dialogues(data_sets, language)):
        with Session() as session:
            session.open_memory(str(tmp_path / f"{number}.sqlite"), create=True).result()
            session.edit(*(Insert(**WRITTEN[written](turn)) for turn in turns))
            session.use_embedder("builtin").result()
            compared = measure(session, questions, ways, ks=[5], baseline=True)
        assert not compared.missing
        for question, *asked in zip(compared.questions, *(way.asked for way in compared.ways), strict=True):
            for category in (question.category, "all"):
                for share, one in zip(shares.setdefault(category, ([], [], [])), asked, strict=True):
                    share.append(recall_at(one.ranks, 5))
    with capsys.disabled():
        print(f"\n{language}, {written}: recall@5")
        for category, (ours_in, dense_in, plain_in) in sorted(shares.items()):
            difference = paired_difference(ours_in, plain_in)
            print(
                f"  {category:<11} {len(ours_in):>3} questions: {statistics.mean(ours_in):.3f}, with vectors"
                f" {statistics.mean(dense_in):.3f}, plain BM25 {statistics.mean(plain_in):.3f}, difference of the first"
                f" and the last {difference.low:+.3f} to {difference.high:+.3f}"
            )
    assert len(shares["all"][0]) >= 60
    for category, (ours_in, _, plain_in) in shares.items():
        assert sum(ours_in) >= sum(plain_in), category
    _, dense, plain = shares["all"]
    assert sum(dense) > sum(plain)


def test_movies(data_sets: Path, tmp_path: Path, capsys) -> None:
    """The entry with the answer to a question about a movie is among the first 1, 5 and 12 as often as before."""
    lines = (data_sets / "metaqa" / "1-hop" / "qa_dev.txt").read_text(encoding="utf-8").splitlines()
    random.Random(5).shuffle(lines)
    lines = lines[:600]
    unpack(resource_path("memories", "movies.pack"), tmp_path / "movies.sqlite")
    recall, found, seconds = HybridRecaller(), dict.fromkeys(MOVIES, 0), []
    with closing(SQLiteStore.open(tmp_path / "movies.sqlite")) as store, closing(store.snapshot()) as snapshot:
        for line in lines:
            question, answers = line.split("\t")
            entity = normalised(question[question.index("[") : question.index("]")])
            right = [f" {normalised(answer)} " for answer in answers.split("|")]
            started = time.perf_counter()
            event = recall(Query(question.replace("[", "").replace("]", "")), snapshot)
            seconds.append(time.perf_counter() - started)
            entries = snapshot.get([candidate.entry_id for candidate in event.candidates[: max(MOVIES)]])
            texts = [f" {normalised(f'{entry.key} {entry.text}')} " for entry in entries]
            good = [f" {entity} " in text and any(answer in text for answer in right) for text in texts]
            for k in MOVIES:
                found[k] += any(good[:k])
    shares = {k: count / len(lines) for k, count in found.items()}
    with capsys.disabled():
        told = ", ".join(f"among the first {k} {share:.3f}" for k, share in shares.items())
        print(f"\nmovies: the answer's entry {told}; median {1_000 * statistics.median(seconds):.1f} ms")
    assert all(shares[k] >= least for k, least in MOVIES.items())
    assert statistics.median(seconds) < 0.02
