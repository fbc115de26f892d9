"""Copying while others write to the target: what they add stays, and what was copied is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from memviz.core.edits import Change, Edit, Insert, Restore
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.session import copying
from memviz.session.copying import copy_memory, open_store
from memviz.stores.in_memory import forget
from memviz.stores.sqlite import SQLiteStore
from tests.redis_servers import PROGRAM, server

COUNT = 25


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "source.sqlite"
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.apply([Insert(key=f"k{n}", text=f"t{n}") for n in range(COUNT)])
    return str(path)


@pytest.fixture(params=["sqlite", "memory", "redis"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'target.sqlite'}"
    elif request.param == "memory":
        yield "memory://beside"
        forget("beside")
    else:
        if PROGRAM is None:
            pytest.skip("needs redis-server (on Debian: apt-get install redis-server)")
        with server(tmp_path / "server") as started:
            yield f"{started.url}/copy"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_BATCH", 10)


def _when(at: int, then: Callable[[], object]) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, words: str) -> None:
        if (done, words) == (at, "copying entries"):
            then()

    return progress


def _add(memory: str, *inserts: Insert | Restore) -> tuple[int, ...]:
    with closing(open_store(memory, create=True)) as store:
        return store.apply(inserts, initiator="somebody").inserted


def _all(store: Store) -> list[Entry]:
    return store.get(store.search_ids())


@pytest.mark.parametrize("into", [True, False])
def test_what_others_add_meanwhile_comes_after_the_copies(source: str, target: str, into: bool) -> None:
    before = _add(target, Insert(text="mine"))[0] if into else 0
    added: list[int] = []
    copied = copy_memory(
        source, target, into=into, progress=_when(10, lambda: added.extend(_add(target, Insert(text="theirs"))))
    )
    assert (copied.entries, copied.shift, added) == (COUNT, before, [before + COUNT + 1])
    with closing(open_store(target)) as store:
        assert [entry.text for entry in _all(store)] == [
            *["mine"] * into,
            *(f"t{n}" for n in range(COUNT)),
            "theirs",
        ]


def test_an_id_that_others_took_is_not_overwritten_and_the_copy_is_removed(source: str, target: str) -> None:
    theirs = Entry(id=15, key="", text="theirs")
    with pytest.raises(KnownError, match=r"There is an entry 15 in this memory already"):
        copy_memory(source, target, progress=_when(10, lambda: _add(target, Restore(theirs))))
    with closing(open_store(target)) as store:
        assert _all(store) == [theirs]


def test_an_entry_added_just_before_the_copy_begins_is_not_overwritten(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = copying._Copy._reserve

    def late(copy: copying._Copy, view: object) -> None:
        _add(target, Insert(text="theirs"))
        add(copy, view)  # type: ignore[arg-type]

    monkeypatch.setattr(copying._Copy, "_reserve", late)
    with pytest.raises(KnownError, match=r"There is an entry 1 in this memory already"):
        copy_memory(source, target)
    with closing(open_store(target)) as store:
        assert [entry.text for entry in _all(store)] == ["theirs"]


def test_a_new_entry_takes_no_place(target: str) -> None:
    [one] = _add(target, Insert(text="mine"))
    with closing(open_store(target)) as store:
        [mine] = store.get([one])
        with pytest.raises(KnownError, match=r"There is an entry 1 in this memory already.*Try again"):
            store.apply([Insert(text="other"), Restore(replace(mine, text="theirs"), new=True)])
        assert _all(store) == [mine]
        assert store.apply([Restore(replace(mine, id=7), new=True)]).inserted == (7,)


def test_the_turns_of_evidence_move_with_their_entries(source: str, target: str) -> None:
    evidence = [{"turn": 3, "words": "I live in Oslo"}, {"turn": "?", "words": "odd"}]
    metadata = {"attribute": "home", "evidence": evidence, "turn": 3}
    _add(source, Insert(key="Ann · home", text="Ann lives in Oslo.", kind="profile", metadata=metadata))
    _add(target, Insert(text="mine"), Insert(text="mine"))
    assert copy_memory(source, target, into=True).shift == 2
    with closing(open_store(target)) as store:
        moved = _all(store)[-1].metadata
    assert dict(moved) == {**metadata, "evidence": [{"turn": 5, "words": "I live in Oslo"}, evidence[1]]}


def test_what_was_written_though_the_answer_was_lost_is_removed_too(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = str(tmp_path / "target.sqlite")
    apply = SQLiteStore.apply

    def lost(store: SQLiteStore, edits: Sequence[Edit], *, initiator: str = "") -> Change:
        change = apply(store, edits, initiator=initiator)
        if initiator == copying.INITIATOR and len(change.inserted) == 10:
            raise KnownError("The connection was lost.")
        return change

    monkeypatch.setattr(SQLiteStore, "apply", lost)
    with pytest.raises(KnownError, match=r"The connection was lost"):
        copy_memory(source, target)
    with closing(open_store(target)) as store:
        assert store.count == 0
        assert len(store.history()) > 0
