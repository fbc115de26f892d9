"""Claims that contradict each other, and what each policy makes of them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from memviz.core.edits import Delete, Insert, Update
from memviz.core.entry import Entry, Kind
from memviz.core.errors import Cancelled
from memviz.core.events import RecallEvent
from memviz.core.facts import Fact, parsed
from memviz.core.query import Query
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.recall import claims
from memviz.recall.claims import claim_of
from memviz.recall.conflicts import Conflict, find_conflicts
from memviz.recall.hybrid import HybridRecaller
from memviz.recall.standing import MOST_RIVALS
from memviz.stores.sqlite import SQLiteStore


@pytest.mark.parametrize(
    ("key", "text", "topic", "values"),
    [
        ("Alien · director", "Alien was directed by Ridley Scott.", ("Alien", "director"), {"ridley scott"}),
        ("Ann · birthday", "3 May", ("Ann", "birthday"), {"3 may"}),
        ("Ann · Birthday", "Ann's birthday is 3 May.", ("Ann", "birthday"), {"3 may"}),
        ("", "The capital of France is Paris.", ("France", "capital"), {"paris"}),
        ("", "Ann lives in Lyon", ("Ann", "lives in"), {"lyon"}),
        ("", "安的生日是五月三日。", ("安", "生日"), {"五月三日"}),
        ("", "安住在里昂", ("安", "住在"), {"里昂"}),
        (
            "",
            "Alien was written by Dan O'Bannon, Ronald Shusett.",
            ("Alien", "writer"),
            {"dan o bannon", "ronald shusett"},
        ),
    ],
)
def test_claims(key: str, text: str, topic: tuple[str, str], values: set[str]) -> None:
    claim = claim_of(Entry(1, key, text))
    assert claim is not None
    assert (claim.topic[1:], claim.values) == (topic, values)


@pytest.mark.parametrize(
    "entry",
    [
        Entry(1, "Ann · 2023-05-02", "I live in Lyon.", kind=Kind.DIALOGUE_TURN),
        Entry(1, "Ann · likes", "tea"),
        Entry(1, "", "What is the capital of France?"),
        Entry(1, "", "It rained, and the capital of France is Paris, they say, which is nice."),
        Entry(1, "", ""),
    ],
)
def test_what_claims_nothing(entry: Entry) -> None:
    assert claim_of(entry) is None


@pytest.mark.parametrize(
    ("key", "text", "reads"),
    [
        ("Ann · birthday", "the third of May is told by the calendar", 1),
        ("Ann · birthday", " 3 May ", 2),  # with the space around it another fact could stand there
        ("", "Ann lives in Lyon.", 1),
        ("Ann", "Alien was directed by Ridley Scott.", 1),
    ],
)
def test_each_text_is_read_once(key: str, text: str, reads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(key: str, text: str) -> Fact | None:
        read.append(text)
        return parsed(key, text)

    monkeypatch.setattr(claims, "parsed", counted)
    assert claim_of(Entry(1, key, text)) is not None
    assert len(read) == reads


def test_what_a_pattern_cannot_match_is_told_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of random pieces, in letters that count as others where case does not matter: nothing is passed over."""
    rng = random.Random(3)
    pieces = ["the ", "Ann", " of ", " OF ", " is ", " İs ", " ıs ", " waſ ", " was ", "'s ", "’s ", "的", "是", "住在"]
    pieces += [
        " lives in ",
        " Liveſ in ",
        " wor\u212as at ",
        " comes from ",
        " is married to ",
        "来自",
        "生于",
        "。",
        ".",
        ",",
        "x",
    ]
    tried = matched = 0
    for _ in range(20_000):
        text = "".join(rng.choices(pieces, k=rng.randint(2, 7))).strip()
        with monkeypatch.context() as patched:
            told = claims._by_pattern(text)
            patched.setattr(claims, "_may_match", lambda *_: True)
            assert claims._by_pattern(text) == told, text
        small = text.translate(claims._LIKE_ASCII).lower()
        tried += sum(claims._may_match(groups, small) for groups, _ in claims._PATTERNS)
        matched += told is not None
    assert matched > 1_000
    assert tried < 20_000 * len(claims._PATTERNS) / 3


NEW = "Alien was directed by James Cameron."


@pytest.fixture
def rivals(store: SQLiteStore) -> tuple[int, int, int]:
    """Alien's director in the memory (5), a newer other one, and one from a third source that agrees with the old."""
    new, agreeing = store.apply(
        [
            Insert(key="Alien · director", text=NEW, source="a forum", confidence=0.4),
            Insert(key="Alien · director", text="Alien was directed by Ridley Scott!", source="a book", created=10.0),
        ]
    ).inserted
    return 5, new, agreeing


@pytest.fixture
def ask(store: SQLiteStore) -> Callable[..., RecallEvent]:
    def asked(policy: ConflictPolicy, question: str = "who directed Alien", **settings: object) -> RecallEvent:
        snapshot = store.snapshot()
        try:
            recall = RecallSettings().changed(policy=policy, **settings)
            return HybridRecaller()(Query(question, recall=recall), snapshot)
        finally:
            snapshot.close()

    return asked


def _conflict(store: SQLiteStore) -> Conflict:
    snapshot = store.snapshot()
    [conflict] = find_conflicts(snapshot)
    snapshot.close()
    return conflict


def test_a_memory_without_contradictions(store: SQLiteStore) -> None:
    snapshot = store.snapshot()
    assert find_conflicts(snapshot) == []
    snapshot.close()


@pytest.mark.parametrize("stopped_at", ["looking for conflicts", "reading entries in conflict"])
def test_the_search_tells_how_far_it_is_and_can_be_stopped(
    store: SQLiteStore, rivals: tuple[int, int, int], stopped_at: str
) -> None:
    told: list[tuple[int, int, str]] = []

    def progress(done: int, total: int, words: str) -> None:
        told.append((done, total, words))
        if words == stopped_at:
            raise Cancelled

    snapshot = store.snapshot()
    with pytest.raises(Cancelled):
        find_conflicts(snapshot, progress)
    assert told[0] == (0, snapshot.count, "looking for conflicts")
    assert told[-1][2] == stopped_at
    snapshot.close()
    assert len(rivals) == 3


def test_conflicts_are_found_and_marked(
    store: SQLiteStore, rivals: tuple[int, int, int], ask: Callable[..., RecallEvent]
) -> None:
    old, new, agreeing = rivals
    conflict = _conflict(store)
    assert (conflict.name, [entry.id for entry in conflict.entries]) == ("Alien · director", [old, new, agreeing])
    assert not conflict.settled
    found = {one.entry_id: one for one in ask(ConflictPolicy.MARK).candidates}
    assert (found[old].conflicts, found[new].conflicts) == ((new,), (old, agreeing))
    assert all(found[entry_id].status == "injected" for entry_id in rivals)


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        (ConflictPolicy.NEWEST, [1]),
        (ConflictPolicy.CONFIDENT, [0, 2]),
        (ConflictPolicy.SOURCES, [0, 2]),
        (ConflictPolicy.BOTH, [0, 1, 2]),
        (ConflictPolicy.MARK, [0, 1, 2]),
    ],
)
def test_each_policy_recalls_what_it_promises(
    store: SQLiteStore,
    rivals: tuple[int, int, int],
    ask: Callable[..., RecallEvent],
    policy: ConflictPolicy,
    kept: list[int],
) -> None:
    promised = {rivals[at] for at in kept}
    assert {entry.id for entry in _conflict(store).kept(policy)} == promised
    event = ask(policy)
    injected = {one.entry_id for one in event.injected()}
    assert injected & set(rivals) == promised
    cut = {one.entry_id: one for one in event.candidates if one.cause == "superseded"}
    assert cut.keys() == set(rivals) - promised
    assert all("stands for it" in one.reason for one in cut.values())
    assert set(event.remarks) == (set(rivals) if policy is ConflictPolicy.BOTH else set())


def test_the_one_that_stands_for_others_takes_their_place(store: SQLiteStore, ask: Callable[..., RecallEvent]) -> None:
    [new] = store.apply([Insert(key="Alien · director", text="It is no longer known who made it.")]).inserted
    event = ask(ConflictPolicy.NEWEST, "films of Ridley Scott")
    by_id = {one.entry_id: one for one in event.candidates}
    assert by_id[5].cause == "superseded"
    assert by_id[new].status == "injected"
    assert by_id[new].parts["stands for"] > 0
    assert by_id[new].score == pytest.approx(sum(by_id[new].parts.values()), abs=1e-9)


def test_superseded_entries_stay_out_until_that_is_undone(
    store: SQLiteStore, rivals: tuple[int, int, int], ask: Callable[..., RecallEvent]
) -> None:
    old, new, agreeing = rivals
    before = store.get(rivals)
    store.apply([Update(old, superseded_by=new), Update(agreeing, superseded_by=new)])
    assert _conflict(store).settled
    injected = {one.entry_id for one in ask(ConflictPolicy.MARK).injected()}
    assert injected & set(rivals) == {new}
    assert {one.entry_id for one in ask(ConflictPolicy.BOTH).injected()} >= set(rivals)
    store.undo()
    assert store.get(rivals) == before
    assert {one.entry_id for one in ask(ConflictPolicy.MARK).injected()} >= set(rivals)


def test_nothing_is_lost_when_the_winner_goes(
    store: SQLiteStore, rivals: tuple[int, int, int], ask: Callable[..., RecallEvent]
) -> None:
    old, new, agreeing = rivals
    store.apply(
        [Update(old, superseded_by=new), Update(new, superseded_by=agreeing), Update(agreeing, superseded_by=old)]
    )
    assert {one.entry_id for one in ask(ConflictPolicy.MARK).candidates} >= set(rivals)
    store.apply([Update(agreeing, superseded_by=None), Update(agreeing, enabled=False), Update(new, enabled=False)])
    assert old in {one.entry_id for one in ask(ConflictPolicy.MARK).injected()}


@pytest.mark.parametrize("gone", [None, {"enabled": False}, {"expires": 1.0}], ids=["deleted", "disabled", "expired"])
def test_a_conflict_is_open_again_when_its_winner_is_gone(
    store: SQLiteStore, ask: Callable[..., RecallEvent], gone: dict[str, object] | None
) -> None:
    rome, oslo, paris = store.apply(
        [Insert(key="Ann · home", text=f"Ann lives in {city}.") for city in ("Rome", "Oslo", "Paris")]
    ).inserted
    store.apply([Update(rome, superseded_by=paris), Update(oslo, superseded_by=paris)])
    assert (_conflict(store).settled, _conflict(store).decided) == (True, {rome, oslo})
    store.apply([Delete(paris) if gone is None else Update(paris, **gone)])
    again = _conflict(store)
    assert ([entry.id for entry in again.entries], again.settled, again.decided) == ([rome, oslo], False, set())
    assert again.standing_rivals() == {rome: (oslo,), oslo: (rome,)}
    for policy in ConflictPolicy:
        injected = {one.entry_id for one in ask(policy, "where does Ann live").injected()}
        assert injected & {rome, oslo} == {entry.id for entry in again.kept(policy)}
    store.apply([Update(rome, superseded_by=again.winner(ConflictPolicy.NEWEST).id)])
    assert _conflict(store).settled
    store.undo()
    store.undo()
    assert _conflict(store).settled


def test_a_successor_that_says_something_else_settles_too(store: SQLiteStore) -> None:
    rome, oslo, cheese = store.apply(
        [
            Insert(key="Ann · home", text="Ann lives in Rome."),
            Insert(key="Ann · home", text="Ann lives in Oslo."),
            Insert(key="Ann · food", text="Ann likes cheese."),
        ]
    ).inserted
    store.apply([Update(rome, superseded_by=cheese)])
    assert (_conflict(store).settled, _conflict(store).decided) == (True, {rome})
    store.apply([Delete(cheese)])
    assert (_conflict(store).settled, [entry.id for entry in _conflict(store).entries]) == (False, [rome, oslo])


def test_a_conflict_may_have_a_policy_of_its_own(rivals: tuple[int, int, int], ask: Callable[..., RecallEvent]) -> None:
    event = ask(ConflictPolicy.NEWEST, exceptions={"Alien · director": "both"})
    assert {one.entry_id for one in event.injected()} >= set(rivals)
    assert event.remarks[rivals[1]] == "2 other entries disagree about this"
    assert event.remarks[rivals[0]] == "1 other entry disagrees about this"


def test_owners_do_not_contradict_each_other(store: SQLiteStore) -> None:
    store.apply([Insert(key="me · city", text="Lyon", owner="Ann"), Insert(key="me · city", text="Rome", owner="Bob")])
    snapshot = store.snapshot()
    assert find_conflicts(snapshot) == []
    snapshot.close()


def _injected(store: SQLiteStore, question: str, **settings: object) -> set[int]:
    snapshot = store.snapshot()
    try:
        event = HybridRecaller()(Query(question, recall=RecallSettings().changed(**settings)), snapshot)
        return {one.entry_id for one in event.injected()}
    finally:
        snapshot.close()


def test_a_winner_that_a_filter_cuts_blocks_nobody(store: SQLiteStore) -> None:
    old, profile = store.apply(
        [Insert(key="Ann · pet", text="numbat"), Insert(key="Ann · pet", text="numbat and quoll", kind=Kind.PROFILE)]
    ).inserted
    assert _injected(store, "numbat", policy="newest") == {profile}
    assert _injected(store, "numbat", policy="newest", kinds=(Kind.FACT,)) == {old}
    store.apply([Update(old, superseded_by=profile), Update(profile, owner="Bob")])
    assert _injected(store, "numbat", owner="Ann") == {old}
    assert _injected(store, "numbat") == {profile}


def test_a_circle_stands_for_nobody(store: SQLiteStore) -> None:
    one, two = store.apply([Insert(text="numbat one"), Insert(text="numbat two")]).inserted
    store.apply([Update(one, superseded_by=two), Update(two, superseded_by=one)])
    assert _injected(store, "numbat") == {one, two}


def test_whoever_lost_its_successor_takes_part_again(store: SQLiteStore) -> None:
    one, two, three = store.apply([Insert(key="Ann · pet", text=f"numbat {name}") for name in ("a", "b", "c")]).inserted
    store.apply([Update(one, superseded_by=three), Update(two, confidence=0.5)])
    store.apply([Delete(three)])
    assert _injected(store, "numbat", policy="newest") == {two}
    assert _injected(store, "numbat", policy="confident") == {one}


def test_a_topic_with_thousands_of_values_is_no_burden(store: SQLiteStore) -> None:
    ids = store.apply([Insert(key="Ann · message", text=f"numbat {at}") for at in range(5_000)]).inserted
    started = time.perf_counter()
    assert _injected(store, "numbat", policy="newest") == {ids[-1]}
    assert time.perf_counter() - started < 5.0
    snapshot = store.snapshot()
    candidates = HybridRecaller()(Query("numbat"), snapshot).candidates
    snapshot.close()
    assert max(len(one.conflicts) for one in candidates) == MOST_RIVALS
