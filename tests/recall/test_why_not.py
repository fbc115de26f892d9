"""Every reason has a remedy, and every remedy works."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.edits import Insert, Update
from memviz.core.entry import Kind
from memviz.core.errors import Cancelled, KnownError
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.core.why_not import Remedy, WhyNot
from memviz.recall.hybrid import HybridRecaller
from memviz.recall.why_not import why_not
from memviz.stores.sqlite import SQLiteStore
from tests.recall.tiny_dense import TinyDense

Explain = Callable[..., WhyNot]


class Desk:
    """A memory with its recaller: asks why, and tries remedies for real."""

    def __init__(self, store: SQLiteStore, *, dense: bool = False, missed: tuple[int, ...] = ()) -> None:
        self.store = store
        self.missed = missed
        self.recaller = HybridRecaller(self._dense if dense else lambda: None)

    def _dense(self) -> TinyDense:
        snapshot = self.store.snapshot()
        texts = {entry.id: f"{entry.key} {entry.text}" for entry in snapshot.scan()}
        snapshot.close()
        return TinyDense(texts, self.missed)

    def why(self, query: Query, entry_id: int) -> WhyNot:
        snapshot = self.store.snapshot()
        try:
            return why_not(self.recaller, query, snapshot, entry_id)
        finally:
            snapshot.close()

    def helps(self, query: Query, entry_id: int, remedy: Remedy) -> bool:
        """Makes the change, asks again, and takes an edit back."""
        if remedy.edit is not None:
            self.store.apply([remedy.edit])
        snapshot = self.store.snapshot()
        try:
            event = self.recaller(remedy.query or query, snapshot)
        finally:
            snapshot.close()
        if remedy.edit is not None:
            self.store.undo()
        return entry_id in [one.entry_id for one in event.injected()]

    def check(self, query: Query, entry_id: int, cause: str) -> WhyNot:
        found = self.why(query, entry_id)
        assert (found.cause, found.recalled) == (cause, False)
        assert found.remedies
        assert all(self.helps(query, entry_id, remedy) for remedy in found.remedies)
        return found


def test_a_recalled_entry_says_so(store: SQLiteStore) -> None:
    found = Desk(store).why(Query("who directed Alien"), 5)
    assert (found.recalled, found.cause, found.remedies) == (True, "", ())
    assert found.ranks == {"lexical": 1}


def test_rank(store: SQLiteStore) -> None:
    ids = store.apply([Insert(text="numbat") for _ in range(9)]).inserted
    found = Desk(store).check(Query("numbat", limit=3), ids[6], "rank")
    assert found.reason == "Ranked 7, and at most 3 entries are injected."
    assert (found.remedies[0].setting, found.remedies[0].after) == ("limit", 7)


def test_share(store: SQLiteStore) -> None:
    _, two = store.apply([Insert(text="numbat dunnart quoll"), Insert(text="quoll " * 3)]).inserted
    found = Desk(store).check(Query("numbat dunnart quoll", least_share=0.9), two, "share")
    assert found.remedies[0].setting == "least_share"


def test_states_of_the_entry(store: SQLiteStore) -> None:
    desk, query = Desk(store), Query("who directed Alien")
    store.apply([Update(5, enabled=False)])
    assert desk.check(query, 5, "disabled").remedies[0].words == "switch the entry on"
    store.apply([Update(5, enabled=True, expires=10.0)])
    assert desk.check(query, 5, "expired").remedies[0].setting == "entry.expires"
    [new] = store.apply([Insert(key="Alien · director", text="Alien was directed by nobody.")]).inserted
    store.apply([Update(5, expires=None, superseded_by=new)])
    found = desk.check(query, 5, "superseded")
    assert {remedy.setting for remedy in found.remedies} >= {"entry.superseded_by", "policy"}


def test_filters(store: SQLiteStore) -> None:
    [entry] = store.apply([Insert(text="numbat", owner="Bob", kind="profile")]).inserted
    desk = Desk(store)
    found = desk.check(Query("numbat", recall=RecallSettings(owner="Ann")), entry, "owner")
    assert found.remedies[0].setting == "owner"
    found = desk.check(Query("numbat", recall=RecallSettings(kinds=(Kind.FACT,))), entry, "kind")
    assert found.remedies[0].after == (Kind.FACT, Kind.PROFILE)


@pytest.mark.parametrize("kind", [DecayKind.EXPONENTIAL, DecayKind.POWER, DecayKind.USE])
def test_decay_names_the_half_life_that_it_needs(store: SQLiteStore, kind: DecayKind) -> None:
    snapshot = store.snapshot()
    [entry] = store.apply([Insert(text="numbat", created=snapshot.now - 40 * DAY)]).inserted
    snapshot.close()
    settings = RecallSettings(least_retention=0.4, decay={Kind.FACT: Decay(kind, 5.0, exponent=1.0)})
    found = Desk(store).check(Query("numbat", recall=settings), entry, "decayed")
    assert {remedy.setting for remedy in found.remedies} >= {"least_retention", "decay"}
    decay = next(remedy for remedy in found.remedies if remedy.setting == "decay")
    assert decay.after[Kind.FACT].half_life < 60


def test_vectors(store: SQLiteStore) -> None:
    store.apply([Insert(text=f"numbat {at} likes termites") for at in range(30)])
    settings = RecallSettings(dense=1.0, candidates=5)
    query = Query("a numbat likes 7 termites", limit=3, recall=settings)
    desk = Desk(store, dense=True, missed=(24,))
    missed = desk.check(Query(query.text, limit=3, recall=settings.changed(lexical=0.0, candidates=40)), 24, "index")
    assert f"its exact rank by vectors is {missed.ranks['dense']} (" in missed.reason
    far = desk.check(query, 3, "candidates")
    assert "the best 5 of each are looked at" in far.reason


def test_two_changes_are_told_only_where_one_is_not_enough(store: SQLiteStore) -> None:
    ids = store.apply([Insert(text="numbat") for _ in range(30)]).inserted
    settings = RecallSettings(candidates=3)
    for share in (0.0, 0.5):
        query = Query("numbat", limit=3, least_share=share, recall=settings)
        found = Desk(store).check(query, ids[9], "candidates")
        assert "limit" in {remedy.setting for remedy in found.remedies}
        assert not any("least share" in remedy.words for remedy in found.remedies)
    store.apply([Insert(text="dunnart quoll bilby numbat")])
    query = Query("numbat dunnart quoll bilby", limit=3, least_share=0.9, recall=settings)
    both = next(one for one in Desk(store).check(query, ids[9], "candidates").remedies if "least" in one.setting)
    assert (both.setting, both.after["least_share"]) == ("least_share, limit", 0.0)
    assert Desk(store).check(Query("numbat", limit=3), ids[9], "rank").remedies[0].setting == "limit"


def test_what_the_prompt_holds_already(store: SQLiteStore) -> None:
    found = Desk(store).check(Query("who directed Alien", excluded=(5, 3)), 5, "excluded")
    assert found.remedies[0].after == (3,)


def test_words_that_are_not_there(store: SQLiteStore) -> None:
    found = Desk(store).check(Query("numbat"), 3, "not found")
    assert found.remedies[-1].setting == "pinned"
    with_vectors = Desk(store, dense=True).check(Query("Rydley Scoot", limit=4), 1, "not found")
    assert with_vectors.remedies[0].setting == "dense"


def test_an_entry_that_is_not_there(store: SQLiteStore) -> None:
    with pytest.raises(KnownError, match="no entry 999"):
        Desk(store).why(Query("Alien"), 999)


@pytest.mark.parametrize("dense", [False, True])
def test_random_pairs(store: SQLiteStore, dense: bool) -> None:
    """Whatever the question, the entry and the settings: each suggested change brings the entry back."""
    rng = random.Random(5)
    words = ["numbat", "quoll", "Ridley", "Scott", "film", "银翼", "directed", "King"]
    snapshot = store.snapshot()
    now = snapshot.now
    snapshot.close()
    store.apply(
        [
            Insert(
                key=rng.choice(["", "Alien · director", f"{rng.choice(words)} · {rng.choice(words)}"]),
                text=" ".join(rng.choices(words, k=rng.randint(1, 6))),
                owner=rng.choice(["", "Ann", "Bob"]),
                kind=rng.choice(list(Kind)),
                created=now - rng.random() * 100 * DAY,
                confidence=rng.random(),
                enabled=rng.random() > 0.1,
                expires=rng.choice([None, None, now - 5.0, now + 1e6]),
                superseded_by=rng.choice([None, None, None, 3]),
            )
            for _ in range(60)
        ]
    )
    desk = Desk(store, dense=dense)
    causes = set()
    for _ in range(60):
        settings = RecallSettings(
            dense=float(dense and rng.random() < 0.8),
            recency=rng.choice([0.0, 0.5]),
            confidence=rng.choice([0.0, 0.5]),
            candidates=rng.choice([5, 200]),
            least_score=rng.choice([0.0, 0.0, 1.5]),
            owner=rng.choice(["", "Ann"]),
            policy=rng.choice(["mark", "newest", "confident", "sources", "both"]),  # type: ignore[arg-type]
            decay={Kind.FACT: Decay(DecayKind.EXPONENTIAL, 10.0)},
        )
        query = Query(" ".join(rng.choices(words, k=3)), limit=rng.choice([2, 12]), recall=settings)
        entry_id = rng.randint(1, 76)
        found = desk.why(query, entry_id)
        causes.add(found.cause)
        assert found.recalled or found.remedies
        assert all(desk.helps(query, entry_id, remedy) for remedy in found.remedies), (query, entry_id, found)
    assert len(causes) > 6


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_it_can_be_stopped_anywhere(store: SQLiteStore, share: float) -> None:
    ids = store.apply([Insert(text=f"numbat {at} likes termites") for at in range(60)]).inserted
    query = Query("a numbat likes 7 termites", limit=3, recall=RecallSettings(recency=0.3))
    desk, snapshot = Desk(store), store.snapshot()
    calls, last = 0, 10**9

    def progress(done: int, total: int, words: str) -> None:
        nonlocal calls
        calls += 1
        if calls > last:
            raise Cancelled

    assert why_not(desk.recaller, query, snapshot, ids[40], progress).remedies
    assert calls > 500  # often, and not only between the walks
    calls, last = 0, int(share * calls)
    with pytest.raises(Cancelled):
        why_not(desk.recaller, query, snapshot, ids[40], progress)
    assert calls == last + 1
    calls, last = 0, 10**9
    assert why_not(desk.recaller, query, snapshot, ids[40], progress).remedies  # nothing was left half done
    snapshot.close()
