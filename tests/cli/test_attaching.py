"""Other programs' files from the command line."""

from __future__ import annotations

import json
import lzma
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from memviz.cli import main


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (title TEXT, body TEXT)")
        other.execute("INSERT INTO notes VALUES ('Lisbon', 'Ana lives in Lisbon.')")
        other.commit()
    return path


def test_a_table_is_listed_searched_and_copied(notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = notes.read_bytes()
    address = f"sqlite:///{notes}?table=notes&text=body&key=title"
    assert main(["entries", "list", "--memory", address, "--json"]) == 0
    [entry] = json.loads(capsys.readouterr().out)
    assert (entry["key"], entry["text"]) == ("Lisbon", "Ana lives in Lisbon.")
    assert main(["entries", "search", "lisbon", "--memory", address]) == 0
    capsys.readouterr()
    copy = str(tmp_path / "mine.sqlite")
    assert main(["entries", "set", "1", "--text", "x", "--memory", address]) == 2
    refused = capsys.readouterr().err
    assert f"memviz entries copy '{address}" in refused
    assert main(["entries", "copy", address, copy]) == 0
    assert main(["entries", "set", "1", "--text", "Ana lives in Porto.", "--memory", copy]) == 0
    assert notes.read_bytes() == before


def test_a_file_alone_tells_the_address(notes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["entries", "list", "--memory", str(notes)]) == 2
    told = capsys.readouterr().err
    assert "attach one of its tables (notes)" in told
    assert f"sqlite:///{notes.as_posix()}?table=notes&text=body&key=title" in told


MEM0 = Path(__file__).parent.parent / "stores" / "attached" / "files" / "mem0-history.db.xz"


@pytest.fixture(params=["table", "mem0", "表.db"])
def others(request: pytest.FixtureRequest, notes: Path, tmp_path: Path) -> tuple[Path, str]:
    """A file of another program, and the address that opens it."""
    if request.param == "mem0":
        path = tmp_path / "history.db"
        path.write_bytes(lzma.decompress(MEM0.read_bytes()))
        return path, f"mem0:///{path.as_posix()}"
    path = notes if request.param == "table" else notes.rename(tmp_path / request.param)
    return path, f"sqlite:///{path.as_posix()}?table=notes&text=body&key=title"


def _commands(told: str) -> list[list[str]]:
    """The commands of memviz that a message advises."""
    return [shlex.split(part.split("”")[0]) for part in told.split("“memviz ")[1:]]


def test_what_another_program_keeps_is_no_destination(others, tmp_path, monkeypatch, capsys) -> None:
    path, address = others
    monkeypatch.chdir(tmp_path)
    Path("facts.jsonl").write_text('{"text": "one"}\n', encoding="utf-8")
    before = path.read_bytes()
    for memory, options in ((str(path), []), (str(path), ["--create"]), (address, []), (address, ["--dry-run"])):
        assert main(["import", "facts.jsonl", "--memory", memory, *options]) == 2
        told = capsys.readouterr().err
        assert told == (
            f"memviz: “{path.name}” is what another program keeps, which memviz only reads; import into a new file of"
            " your own, for example with --memory my-memory.sqlite --create. To import from"
            f" “{path.name}”, copy it into one with “memviz entries copy '{address}' my-copy.sqlite”.\n"
        )
    assert main(["import", "facts.jsonl", "--memory", "my-memory.sqlite", "--create"]) == 0
    assert _commands(told) == [["entries", "copy", address, "my-copy.sqlite"]]
    assert main(_commands(told)[0]) == 0
    assert path.read_bytes() == before


def test_what_another_program_keeps_is_no_file_of_entries(others, tmp_path, monkeypatch, capsys) -> None:
    path, address = others
    monkeypatch.chdir(tmp_path)
    into = ["--memory", "mine.sqlite", "--create"]
    assert main(["import", str(path), *into]) == 2
    told = capsys.readouterr().err
    assert f"“{path.name}” is what another program keeps, not a file of entries; open it as a memory at" in told
    [export] = _commands(told)
    assert export == ["export", "entries.jsonl", "--memory", address]
    assert main(export) == 0
    assert main(["import", export[1], *into]) == 0
    capsys.readouterr()
    main(["entries", "list", "--memory", "mine.sqlite", "--json"])
    imported = json.loads(capsys.readouterr().out)
    main(["entries", "list", "--memory", address, "--json"])
    assert [one["text"] for one in imported] == [one["text"] for one in json.loads(capsys.readouterr().out)]


def test_a_destination_that_holds_no_text(tmp_path, capsys) -> None:
    path, facts = tmp_path / "numbers.db", tmp_path / "facts.jsonl"
    facts.write_text('{"text": "one"}\n', encoding="utf-8")
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE numbers (n INTEGER)")
    assert main(["import", str(facts), "--memory", str(path)]) == 2
    assert capsys.readouterr().err.endswith("for example with --memory my-memory.sqlite --create.\n")
