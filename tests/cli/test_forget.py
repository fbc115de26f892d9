"""``memviz forget``: asks first, forgets, writes a receipt that can be verified, and finishes what was interrupted."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.core.edits import Delete, Insert
from memviz.core.forgetting import Found, Wish
from memviz.core.progress import Progress, no_progress
from memviz.stores.sqlite import SQLiteStore
from memviz.stores.sqlite_forgetting import SQLiteForgetting


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    path = tmp_path / "memory.sqlite"
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.apply(
            [Insert(key="Anna · city", text="Anna lives in Lisbon.", owner="Anna"), Insert(text="Bob is here.")]
        )
        store.apply([Insert(text="Anna had a secret.", owner="Anna")])
        store.apply([Delete(3)])
    return path


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    return tmp_path / "receipt.json"


def _forget(memory: Path, receipt: Path, *more: str) -> int:
    return main(["forget", "--memory", str(memory), "--receipt", str(receipt), *more])


def test_by_owner_with_a_receipt_that_verifies(memory: Path, receipt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _forget(memory, receipt, "--owner", "Anna", "--yes") == 0
    said = capsys.readouterr().out
    assert "Forgot 2 entries (version 4)." in said
    assert "Nothing of them was found." in said
    assert "Lisbon" not in said
    content = b"".join(file.read_bytes() for file in memory.parent.iterdir())
    assert b"Lisbon" not in content
    assert b"secret" not in content
    assert main(["forget", "--verify", str(receipt)]) == 0
    assert "The receipt holds." in capsys.readouterr().out
    assert main(["entries", "history", "--memory", str(memory)]) == 0
    newest = capsys.readouterr().out.splitlines()[0]
    assert newest.startswith("version 4")
    assert newest.endswith("forgot 2 entries by command line; cannot be undone")
    assert main(["entries", "changes", "--memory", str(memory)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "forget by command line: 2 forgotten" in lines[0]
    assert lines[1].endswith(": all forgotten")


def test_a_tampered_receipt_does_not_hold(memory: Path, receipt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _forget(memory, receipt, "--ids", "1", "--yes")
    receipt.write_text(receipt.read_text("utf-8").replace('"version": 4', '"version": 5'), "utf-8")
    capsys.readouterr()
    assert main(["forget", "--verify", str(receipt), "--json"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert not verdict["holds"]
    assert "altered" in verdict["problems"][0]


def test_it_asks_and_takes_no_for_an_answer(
    memory: Path, receipt: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    assert _forget(memory, receipt, "--owner", "Anna") == 2
    said = capsys.readouterr()
    assert said.out.startswith("This cannot be undone. These will go: 1 entry and 1 entry that only the history knows.")
    assert "Anna had a secret." in said.out
    assert "Nothing was forgotten." in said.err
    assert not receipt.exists()
    monkeypatch.setattr("sys.stdin", Terminal("forget\n"))
    assert _forget(memory, receipt, "--owner", "Anna") == 0
    assert receipt.exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--owner", "Anna"], "say --yes"),
        (["--owner", "Carl", "--yes"], "is “Carl”’s; check the owner’s name"),
        (["--ids", "1", "99", "--yes"], "There is no entry 99"),
        (["--search", "nowhere", "--yes"], "holds “nowhere”"),
        (["--owner", " ", "--yes"], "by their ids, by one owner, or by a search"),
    ],
)
def test_bad_input_gets_a_sentence(
    memory: Path, receipt: Path, capsys: pytest.CaptureFixture[str], more: list[str], words: str
) -> None:
    assert _forget(memory, receipt, *more) == 2
    assert words in capsys.readouterr().err
    assert not receipt.exists()


def test_memory_and_receipt_must_be_named(memory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget", "--owner", "Anna", "--yes", "--receipt", "there.json"]) == 2
    assert "--memory FILE" in capsys.readouterr().err
    assert main(["forget", "--owner", "Anna", "--yes", "--memory", str(memory)]) == 2
    assert "--receipt OUT.json" in capsys.readouterr().err


def test_what_was_interrupted_is_told_and_finished(
    memory: Path, receipt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(SQLiteStore.open(memory)) as store:
        way = store.forgetting
        way.remove(way.find(Wish(owner="Anna"), no_progress), "test", no_progress)
    assert main(["entries", "list", "--memory", str(memory)]) == 0
    assert "finish it with “memviz forget --finish --memory" in capsys.readouterr().err
    assert main(["forget", "--finish", "--memory", str(memory), "--receipt", str(receipt)]) == 0
    assert "not searched for: they were gone when this was finished" in capsys.readouterr().out
    assert main(["forget", "--verify", str(receipt)]) == 0
    assert main(["forget", "--finish", "--memory", str(memory)]) == 0
    assert "There is no forgetting to finish." in capsys.readouterr().out


def test_where_others_go_on_editing_it_is_looked_anew(
    memory: Path, receipt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, edits = SQLiteForgetting.find, iter(range(3))

    def busy(way: SQLiteForgetting, wish: Wish, progress: Progress) -> Found:
        found = find(way, wish, progress)
        with closing(SQLiteStore.open(memory)) as other:
            for number in edits:
                other.apply([Insert(text=f"edit {number}"), Insert(text=f"Anna’s {number}", owner="Anna")])
                break
        return found

    monkeypatch.setattr(SQLiteForgetting, "find", busy)
    assert _forget(memory, receipt, "--owner", "Anna", "--yes") == 0
    assert json.loads(receipt.read_text("utf-8"))["removed"]["entries"] == 4
    with closing(SQLiteStore.open(memory)) as store:
        assert [entry.text for entry in store.get(store.search_ids())] == ["Bob is here.", "edit 0", "edit 1", "edit 2"]
