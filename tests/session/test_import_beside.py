"""An import into a file keeps nobody from reading; edits wait for it, and none is lost."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from memviz.core.edits import Change, Insert
from memviz.core.errors import Cancelled, KnownError
from memviz.exchange.records import stamp_of
from memviz.session.import_report import ImportPlan
from memviz.session.importing import look_into, run_import
from memviz.session.session import Session


class _Held:
    """The progress of an import that stands still in the middle until it is let go."""

    def __init__(self) -> None:
        self.begun, self.free = threading.Event(), threading.Event()

    def __call__(self, _done: int, _total: int, words: str) -> None:
        if words == "loading entries":
            self.begun.set()
            assert self.free.wait(30)


@pytest.fixture
def session(tmp_path: Path):
    with Session() as made:
        made.open_memory(str(tmp_path / "memory.sqlite"), create=True).result()
        made.edit(Insert(text="here before"))
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.csv"
    path.write_text("key,text\na,from the file\n", encoding="utf-8")
    return path


def _begun(session: Session, file: Path):
    held = _Held()
    _, mapping, _ = look_into([file])
    future = run_import(session, ImportPlan((file,), mapping), held)
    assert held.begun.wait(30)
    return held, future


def _texts(session: Session) -> list[str]:
    return [entry.text for entry in session.entries()]


def test_reading_goes_on_and_edits_wait(session, file) -> None:
    heard: list[Change] = []
    session.on_change(heard.append)
    held, future = _begun(session, file)
    edit = session.edit_async(Insert(text="typed meanwhile"))
    used = session.store_call(lambda store: store.mark_used([1]))  # as a question does that is asked meanwhile
    assert _texts(session) == ["here before"], "nothing of it is seen before all of it is there"
    assert not edit.done()
    assert not used.done()
    held.free.set()
    change, report = future.result()
    assert (change.kind, report.entries) == ("load", 1)
    assert edit.result().version == change.version + 1
    used.result()
    assert session.entry(1).used_count == 1
    assert [told.kind for told in heard] == ["load", "edit"], "each is told once"
    assert _texts(session) == ["here before", "from the file", "typed meanwhile"]
    session.undo()
    session.undo()
    assert _texts(session) == ["here before"]


def test_another_memory_is_opened_after_what_waits(session, file, tmp_path) -> None:
    held, future = _begun(session, file)
    edit = session.edit_async(Insert(text="typed meanwhile"))
    opened = session.open_memory(str(tmp_path / "other.sqlite"), create=True)
    assert _texts(session) == ["here before"]
    held.free.set()
    future.result()
    edit.result()
    opened.result()
    assert _texts(session) == []
    session.open_memory(str(tmp_path / "memory.sqlite")).result()
    assert _texts(session) == ["here before", "from the file", "typed meanwhile"]


def test_closing_stops_it_and_does_what_waits(session, file, tmp_path) -> None:
    held, future = _begun(session, file)
    edit = session.edit_async(Insert(text="typed meanwhile"))
    threading.Timer(0.05, held.free.set).start()
    session.close()
    with pytest.raises(Cancelled):
        future.result()
    edit.result()
    with Session() as other:
        other.open_memory(str(tmp_path / "memory.sqlite")).result()
        assert _texts(other) == ["here before", "typed meanwhile"]


def test_what_goes_wrong_leaves_the_memory_open_to_edits(session, file) -> None:
    file.write_text("key,text\na,b,c,d\n", encoding="utf-8")
    _, mapping, _ = look_into([file])
    with pytest.raises(KnownError, match="nothing was imported"):
        run_import(session, ImportPlan((file,), mapping)).result()
    session.edit(Insert(text="later"))
    assert _texts(session) == ["here before", "later"]


def test_a_file_that_changes_while_it_is_read_or_since_it_was_looked_at(session, file) -> None:
    file.write_text("text\n" + "a line\n" * 2_500, encoding="utf-8")
    _, mapping, _ = look_into([file])
    seen = (stamp_of(file),)

    def change(_done: int, _total: int, words: str) -> None:
        if words == "reading entries":
            file.write_text("text\n" + "a line\n" * 2_600, encoding="utf-8")

    with pytest.raises(KnownError, match=r"“x.csv” was changed while it was read; nothing was imported"):
        run_import(session, ImportPlan((file,), mapping, duplicates="keep"), change).result()
    with pytest.raises(KnownError, match="were changed since they were looked at"):
        run_import(session, ImportPlan((file,), mapping, seen=seen)).result()
    assert _texts(session) == ["here before"]
