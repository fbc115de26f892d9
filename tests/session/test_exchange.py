"""Import and export of a memory: all or nothing, there and back, duplicates, bad lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memviz.core.edits import Insert, Restore
from memviz.core.entry import Entry, Kind
from memviz.core.errors import Cancelled, KnownError
from memviz.core.filters import Comparison, Condition
from memviz.exchange.formats import WRITE_FORMATS
from memviz.session.exporting import ExportPlan, run_export
from memviz.session.import_report import ImportPlan
from memviz.session.importing import check_import, look_into, preview, run_import
from memviz.session.session import Session

SUFFIXES = {"jsonl": "jsonl", "csv": "csv", "tsv": "tsv", "parquet": "parquet", "markdown": "md"}
ENTRIES = [
    Entry(1, "Rome · met", "We met in Rome.", owner="ann", tags=("a", "b, c"), created=5.25, updated=1.7e9 + 1e-3),
    Entry(3, "", "=1+1\n\"quoted\", and 'more'\r\n<!-- memviz: x -->\n\n", created=1.0, updated=1.0, superseded_by=4),
    Entry(4, "罗马\nkey", "", Kind.PROFILE, confidence=0.1 + 0.2, expires=3e9, created=-7.5, updated=2.0),
    Entry(5, " key ", "'=x", private=True, enabled=False, used_count=3, last_used=1.6e9, created=1.0, updated=1.0),
    Entry(
        6, "-x", "\t# tab", metadata={"a": {"b": [1, None, "--> é"]}, "n": 1.5}, source="@s", created=1.0, updated=1.0
    ),
    Entry(8, "## h", "\\<!-- memviz: {} -->\n## a heading", superseded_by=6, created=1.0, updated=1.0),
]


@pytest.fixture
def session(tmp_path: Path):
    with Session() as made:
        made.open_memory(str(tmp_path / "memory.sqlite"), create=True).result()
        yield made


@pytest.fixture
def full(session):
    session.edit(*(Restore(entry) for entry in ENTRIES))
    return session


def _all(session: Session) -> list[Entry]:
    return session.entries(limit=100_000)


def _import(session: Session, *files: Path, **options):
    constants = options.pop("constants", None)
    _, mapping, _ = look_into(files, constants=constants)
    return run_import(session, ImportPlan(tuple(files), mapping, **options)).result()


def _lines(path: Path, count: int, bad: int = -1) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            file.write("{oops\n" if n == bad else json.dumps({"text": f"text {n}", "user_id": "ann"}) + "\n")
    return path


@pytest.mark.parametrize("name", WRITE_FORMATS)
def test_there_and_back_field_by_field(full, tmp_path, name) -> None:
    if name == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"out.{SUFFIXES[name]}"
    assert run_export(full, ExportPlan(path, private=True)).entries == len(ENTRIES)
    with Session() as other:
        other.open_memory("memory://other-" + name, create=True).result()
        other.edit(Insert(text="here before"))
        _, report = _import(other, path)
        assert (report.entries, report.bad_count, report.unlinked) == (len(ENTRIES), 0, 0)
        _, *found = _all(other)
        ids = {entry.id: new.id for entry, new in zip(ENTRIES, found, strict=True)}
        assert found == [
            replace(entry, id=ids[entry.id], superseded_by=ids.get(entry.superseded_by)) for entry in ENTRIES
        ]
        other.undo()
        assert [entry.text for entry in _all(other)] == ["here before"]
        other.redo()
        assert _all(other)[1:] == found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1, max_size=4))
@pytest.mark.parametrize("name", ["csv", "markdown"])
def test_any_text_comes_back(session, tmp_path, name, texts) -> None:
    path = tmp_path / f"out.{SUFFIXES[name]}"
    change = session.edit(*(Insert(key="k" + text, text=text) for text in texts))
    run_export(session, ExportPlan(path, ids=change.inserted))
    _, report = _import(session, path, duplicates="keep")
    assert report.entries == len(texts)
    assert [(entry.key, entry.text) for entry in _all(session)[-len(texts) :]] == [("k" + text, text) for text in texts]


def test_one_bad_line_of_many_stops_it_all(session, tmp_path) -> None:
    path = _lines(tmp_path / "x.jsonl", 3_000, bad=2_500)
    before = session.store_call(lambda store: store.version).result()
    with pytest.raises(KnownError, match=r"Line 2,501 of “x.jsonl” is not JSON.*nothing was imported.*--skip-bad"):
        _import(session, path)
    assert _all(session) == []
    assert session.store_call(lambda store: store.version).result() == before
    _, report = _import(session, path, skip_bad=True)
    assert (report.entries, report.bad_count, report.bad[0].line) == (2_999, 1, 2_501)
    assert len(_all(session)) == 2_999


def test_duplicates_of_the_file_and_of_the_memory(session, tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("key,text\na,1\nb,2\na,1\nc,3\nd,4\n", encoding="utf-8")
    session.edit(Insert(key="b", text="2"), Insert(key="c", text="3", enabled=False))
    session.edit(Insert(key="d", text="4", expires=5.0))
    _, mapping, _ = look_into([path])
    report = check_import(session, ImportPlan((path,), mapping))
    assert (report.entries, report.twice, report.there) == (1, 1, 3)
    assert len(_all(session)) == 3, "a trial imports nothing"
    _import(session, path)
    assert [entry.key for entry in _all(session)] == ["b", "c", "d", "a"]
    change, report = _import(session, path)
    assert (change, report.entries) == (None, 0), "nothing is left, so nothing is changed"
    _, report = _import(session, path, duplicates="keep")
    assert (report.entries, report.twice, report.there) == (5, 1, 4)


def test_ids_that_are_twice_in_a_file_of_our_own(full, tmp_path) -> None:
    path = tmp_path / "x.jsonl"
    run_export(full, ExportPlan(path))
    content = path.read_text(encoding="utf-8")
    path.write_text(content + content.split("\n")[0].replace("We met", "They met") + "\n", encoding="utf-8")
    with pytest.raises(KnownError, match="has the id 1, which an earlier line has as well"):
        _import(full, path)


def test_our_own_lines_in_another_encoding_keep_their_successors(full, tmp_path) -> None:
    path = tmp_path / "x.jsonl"
    run_export(full, ExportPlan(path, ids=(3, 4)))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    with Session() as other:
        other.open_memory("memory://wide", create=True).result()
        _, report = _import(other, path)
        assert (report.entries, report.unlinked) == (2, 0)
        first, second = _all(other)[-2:]
        assert first.superseded_by == second.id


def test_a_successor_that_is_not_there(full, tmp_path) -> None:
    path = tmp_path / "x.jsonl"
    run_export(full, ExportPlan(path, ids=(3, 1)))
    with Session() as other:
        other.open_memory("memory://unlinked", create=True).result()
        _, report = _import(other, path)
        assert report.unlinked == 1
        assert _all(other)[0].superseded_by is None


def test_cancelling_leaves_nothing(session, tmp_path) -> None:
    path, told = _lines(tmp_path / "x.jsonl", 10_000), []

    def stop(done: int, total: int, words: str) -> None:
        told.append((done, total))
        if done > total / 2:
            raise Cancelled

    _, mapping, _ = look_into([path])
    with pytest.raises(Cancelled):
        run_import(session, ImportPlan((path,), mapping), stop).result()
    assert told[-1][1] == path.stat().st_size
    assert _all(session) == []


def test_a_full_disk_in_the_middle(session, tmp_path) -> None:
    session.edit(Insert(text="here before"))
    path = _lines(tmp_path / "x.jsonl", 20_000)

    def small(store) -> None:
        pages = store._db.conn.execute("PRAGMA page_count").fetchone()[0]
        another = store.another()

        def smaller():
            made = another()
            made._db.conn.execute(f"PRAGMA max_page_count = {pages + 200}")
            return made

        store.another = lambda: smaller

    session.store_call(small).result()
    with pytest.raises(KnownError, match="is full, nothing was changed"):
        _import(session, path)
    assert [entry.text for entry in _all(session)] == ["here before"]


def test_columns_that_are_sql_and_values_for_all(session, tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('text,"x""); DROP TABLE entries; --"\nhello,1\n', encoding="utf-8")
    _import(session, path, constants={"owner": "ann"})
    [entry] = _all(session)
    assert (entry.text, entry.owner, dict(entry.metadata)) == ("hello", "ann", {'x"); DROP TABLE entries; --': "1"})


def test_several_files_and_their_preview(session, tmp_path) -> None:
    first, second = _lines(tmp_path / "a.jsonl", 3), tmp_path / "b.csv"
    second.write_text("content,user\nsecond,bob\n", encoding="utf-8")
    _, mapping, sample = look_into([first, second])
    assert preview(sample, mapping)[0] == {"text": "text 0", "owner": "ann"}
    assert preview([{"user_id": "x"}], mapping) == ["has neither a text nor a key"]
    _import(session, first, second)
    assert [(entry.text, entry.owner) for entry in _all(session)][-1] == ("second", "bob")
    session.undo()
    assert _all(session) == []


def test_what_is_exported(full, tmp_path) -> None:
    path = tmp_path / "x.jsonl"
    done = run_export(full, ExportPlan(path, search="rome"))
    assert (done.entries, done.left_out) == (1, 0)
    done = run_export(full, ExportPlan(path, where=(Condition("created", Comparison.AT_LEAST, 1.0),)))
    assert (done.entries, done.left_out) == (4, 1)
    assert "'=x" not in path.read_text(encoding="utf-8"), "private entries stay here"
    done = run_export(full, ExportPlan(path, private=True, redact=True))
    content = path.read_text(encoding="utf-8")
    assert "ann" not in content
    assert "'=x" not in content
    assert done.redacted == {"owner": 1, "private text": 1}


def test_a_file_that_cannot_be_written_stays_as_it_was(full, tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(Cancelled):
        run_export(full, ExportPlan(path), _cancelled)

    def full_disk(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("memviz.exchange.replacing.os.fsync", full_disk)
    with pytest.raises(KnownError, match=r"No space left on device.*nothing was changed"):
        run_export(full, ExportPlan(path))
    monkeypatch.undo()
    assert path.read_text(encoding="utf-8") == "before"
    assert sorted(each.name for each in tmp_path.glob("*x.jsonl*")) == ["x.jsonl"]
    with pytest.raises(KnownError, match="cannot be written: there is no folder"):
        run_export(full, ExportPlan(tmp_path / "none" / "x.jsonl"))
    with pytest.raises(KnownError, match="use one of jsonl, csv"):
        run_export(full, ExportPlan(tmp_path / "x.docx"))


def test_an_export_never_replaces_a_memory_or_what_is_no_file(session, tmp_path) -> None:
    with pytest.raises(KnownError, match="is a database, perhaps a memory, which would be lost"):
        run_export(session, ExportPlan(Path(session.memory_url.removeprefix("sqlite:///")), "jsonl"))
    with pytest.raises(KnownError, match="is a folder; choose a name in it"):
        run_export(session, ExportPlan(tmp_path, "csv"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(KnownError, match="is a pipe or a device"):
            run_export(session, ExportPlan(tmp_path / "pipe.csv"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions, and links for administrators only")
def test_an_export_keeps_links_and_permissions(session, tmp_path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("before", encoding="utf-8")
    real.chmod(0o600)
    link.symlink_to(real)
    run_export(session, ExportPlan(link))
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8-sig").startswith("id,key,text")
    assert real.stat().st_mode & 0o777 == 0o600, "others could read the private entries"
    name = tmp_path / f"{'记' * 80}.csv"  # 244 bytes
    assert run_export(session, ExportPlan(name)).path == name


def _cancelled(done: int, total: int, words: str) -> None:
    raise Cancelled


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of one process")
def test_a_table_of_two_gigabytes_needs_little_memory(tmp_path) -> None:
    """Most of it is long text; every row goes through reading, mapping and the search for duplicates."""
    path, text = tmp_path / "large.csv", "We met in Rome. 我们在罗马见面。 " * 400
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("key,text,rating\r\n")
        number = 0
        while file.tell() < 2 * 2**30 if number % 1_000 == 0 else True:
            file.write(f'note {number},"{text}\n{number}",{number % 5}\r\n')
            number += 1
    code = f"""
import sys
from pathlib import Path
from memviz.session.importing import ImportPlan, check_import, look_into
from memviz.session.session import Session
def peak():  # of this process alone: what resource tells begins with that of its parent
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
with Session() as session:
    session.open_memory("memory://large", create=True).result()
    files = (Path({str(path)!r}),)
    _, mapping, _ = look_into(files)
    before = peak()
    report = check_import(session, ImportPlan(files, mapping))
    print(report.entries, peak() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    entries, megabytes = done.stdout.split()
    print(f"\n{path.stat().st_size / 2**30:.2f} GiB, {int(entries):,} rows: {float(megabytes):.0f} MB more")
    assert int(entries) == number
    assert float(megabytes) < 60
