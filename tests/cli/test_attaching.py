"""Other programs' files from the command line."""

from __future__ import annotations

import json
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
