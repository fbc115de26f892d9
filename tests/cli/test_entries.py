"""``memviz entries``: every command, every field, and what bad input gets."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memviz.cli import main
from memviz.core.entry import EDITABLE_FIELDS
from memviz.session.saved_filters import save_filter
from memviz.session.session import Session
from tests.cli.conftest import Cli


def test_list_and_search(cli: Cli):
    assert [entry["id"] for entry in cli("entries", "list")] == [1, 2, 3]
    assert [entry["id"] for entry in cli("entries", "list", "--limit", "1", "--offset", "1")] == [2]
    assert [entry["id"] for entry in cli("entries", "list", "--sort", "key", "--descending")] == [3, 2, 1]
    assert [entry["id"] for entry in cli("entries", "search", "campi")] == [3]
    assert [entry["id"] for entry in cli("entries", "search", "blade", "1982")] == [2]
    assert cli("entries", "search", "nothing", "like", "it") == []


def test_conditions_and_saved_filters(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]):
    cli("entries", "set", "2", "--owner", "ann", "--confidence", "0.25")
    cli("entries", "set", "3", "--owner", "ann", "--tags", "work")
    for where, ids in (
        ("owner:ann", [2, 3]), ("owner:ann confidence<0.5", [2]), ("-owner:ann", [1]), ("tag:work expired:no", [3]),
        ("blade owner:ann", [2]), ("used:0 private:no embedded:no", [1, 2, 3]),
    ):  # fmt: skip
        assert [entry["id"] for entry in cli("entries", "list", f"--where={where}")] == ids, where
    assert [entry["id"] for entry in cli("entries", "search", "blade", "--where=-owner:ann")] == [1]
    with Session() as session:
        session.open_memory(memory).result()
        session.store_call(lambda store: save_filter(store, "of ann", "owner:ann")).result()
    assert [entry["id"] for entry in cli("entries", "list", "--filter", "of ann", "--where", "tag:work")] == [3]
    for wrong, words in (
        (["--where", "confidence>=much"], "At “confidence>=much”: “much” is no number"),
        (["--filter", "nonsense"], "has no filter “nonsense”; it has “of ann”"),
    ):
        assert main(["entries", "list", *wrong, "--memory", memory]) == 2
        assert words in capsys.readouterr().err


def test_set_undo_redo_history(cli: Cli):
    new = "Blade Runner was directed by Jane Campion."
    assert cli("entries", "set", "1", "--text", new)["updated"] == [1]
    assert cli("entries", "show", "1")["text"] == new
    assert cli("entries", "undo")["kind"] == "undo"
    assert cli("entries", "show", "1")["text"] == "Blade Runner was directed by Ridley Scott."
    assert cli("entries", "redo")["kind"] == "redo"
    rows = cli("entries", "history", "1")
    assert [row["kind"] for row in rows] == ["redo", "undo", "edit", "edit"]
    assert rows[0]["after"]["text"] == new
    assert rows[0]["initiator"] == "command line"
    assert len(cli("entries", "history", "--limit", "2")) == 2


def test_delete_disable_enable(cli: Cli):
    assert cli("entries", "disable", "1", "2")["updated"] == [1, 2]
    assert [entry["enabled"] for entry in cli("entries", "list")] == [False, False, True]
    cli("entries", "enable", "1")
    assert cli("entries", "delete", "1", "1", "3")["deleted"] == [1, 3]
    assert [entry["id"] for entry in cli("entries", "list")] == [2]
    cli("entries", "undo")
    assert [entry["id"] for entry in cli("entries", "list")] == [1, 2, 3]


def test_entries_as_they_were(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]):
    cli("entries", "set", "1", "--text", "changed")
    cli("entries", "delete", "2")
    assert [entry["id"] for entry in cli("entries", "list", "--as-of", "v2")] == [1, 2]
    assert [entry["id"] for entry in cli("entries", "list", "--as-of", "v2", "--offset", "1", "--limit", "1")] == [2]
    assert [entry["id"] for entry in cli("entries", "list", "--as-of", "v2", "--sort", "id", "--descending")] == [2, 1]
    assert [entry["id"] for entry in cli("entries", "list", "--as-of", "v2", "--where", "ridley -id:2")] == [1]
    assert [entry["id"] for entry in cli("entries", "list", "--as-of", "+1d")] == [1, 3]
    assert cli("entries", "list", "--as-of", "2001-01-01") == []
    assert cli("entries", "show", "1", "--as-of", "v3")["text"] == "Blade Runner was directed by Ridley Scott."
    for wrong, words in (
        (["show", "3", "--as-of", "v2"], "had no entry 3 then"),
        (["list", "--as-of", "v99"], "choose one from 0 to 5"),
    ):
        assert main(["entries", *wrong, "--memory", memory]) == 2
        assert words in capsys.readouterr().err


def test_without_a_key_an_entry_is_named_by_its_text(memory: str, capsys: pytest.CaptureFixture[str]):
    assert main(["entries", "add", "--memory", memory, "--text", "Nameless."]) == 0
    assert main(["entries", "set", "4", "--memory", memory, "--superseded-by", "1"]) == 0
    capsys.readouterr()
    assert main(["entries", "history", "4", "--memory", memory, "--limit", "1"]) == 0
    assert "  entry 4: Nameless.\n    superseded_by: none\n" in capsys.readouterr().out


def test_nothing_to_undo(cli: Cli):
    for _ in range(3):
        cli("entries", "undo")
    assert cli("entries", "undo") is None
    assert cli("entries", "list") == []


def test_every_editable_field_has_an_option(cli: Cli):
    given = {
        "text": "<img src=x> 星球大战 🎬",
        "key": "a · b",
        "kind": "profile",
        "owner": "Ada",
        "source": "book.txt",
        "tags": "one, two,one,",
        "confidence": "0.25",
        "expires": "1893456000",
        "superseded_by": "3",
        "metadata": '{"page": 3}',
    }
    assert set(given) | {"private", "enabled"} == EDITABLE_FIELDS
    options = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
    cli("entries", "set", "2", *options, "--private", "--no-enabled")
    entry = cli("entries", "show", "2")
    assert {name: entry[name] for name in EDITABLE_FIELDS} == given | {
        "tags": ["one", "two"],
        "confidence": 0.25,
        "expires": 1893456000.0,
        "superseded_by": 3,
        "metadata": {"page": 3},
        "private": True,
        "enabled": False,
    }
    cli("entries", "set", "2", "--tags", "", "--expires", "never", "--no-private", "--enabled")
    entry = cli("entries", "show", "2")
    assert (entry["tags"], entry["expires"], entry["private"], entry["enabled"]) == ([], None, False, True)


def test_text_from_a_file_and_from_the_input(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    long = "x" * 1_000_000
    (tmp_path / "long.txt").write_text(long, encoding="utf-8")
    cli("entries", "set", "1", "--text-file", str(tmp_path / "long.txt"))
    assert cli("entries", "show", "1")["text"] == long
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("电影\n".encode())))
    cli("entries", "set", "1", "--text-file", "-")
    assert cli("entries", "show", "1")["text"] == "电影\n"


def test_people_see_no_control_characters(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]):
    cli("entries", "set", "1", "--text", "a\x1b[31mred\u202eflip\nnext")
    for command in (["list"], ["show", "1"], ["history"], ["search", "next"]):
        assert main(["entries", *command, "--memory", memory]) == 0
        out = capsys.readouterr().out
        assert r"a\x1b[31mred\u202eflip⏎next" in out
        assert not set(out) & {"\x1b", "\u202e"}


def test_sentences_for_people(memory: str, capsys: pytest.CaptureFixture[str]):
    def say(*arguments: str) -> str:
        assert main(["entries", *arguments, "--memory", memory]) == 0
        return capsys.readouterr().out

    assert say("set", "1", "--text", "new") == "Changed entry 1 (version 4).\n"
    assert say("set", "1", "--text", "new") == "Nothing changed (version 4).\n"
    assert say("undo") == "Undo: changed entry 1 (version 5).\n"
    assert say("delete", "1", "2") == "Deleted entries 1, 2 (version 6).\n"
    assert say("redo") == "There is nothing to redo.\n"
    assert say("search", "zzz") == "(no entry)\n"
    assert "(1 of 1 entries" not in say("list")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["set", "99", "--text", "x"], "99"),
        (["show", "99"], "99"),
        (["delete", "99"], "99"),
        (["set", "1"], "at least one field"),
        (["set", "1", "--confidence", "2"], "0 to 1"),
        (["set", "1", "--expires", "soon"], "no time"),
        (["set", "1", "--metadata", "{"], "not JSON"),
        (["set", "1", "--metadata", "[1]"], "JSON object"),
        (["set", "1", "--text", "\udc80"], "surrogate"),
        (["set", "1", "--text-file", "/no/such/file"], "cannot be read"),
        (["add"], "needs a text or a key"),
        (["list", "--limit", "-1"], "0 or more"),
    ],
)
def test_bad_input_gets_one_sentence_and_changes_nothing(
    arguments: list[str], words: str, cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]
):
    before = cli("entries", "list")
    assert main(["entries", *arguments, "--memory", memory]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert printed.err.count("\n") == 1
    assert cli("entries", "list") == before


def test_memory_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "text").write_text("hello")
    for bad in (tmp_path / "missing", tmp_path, tmp_path / "text", "redis://x/0"):
        assert main(["entries", "list", "--memory", str(bad)]) == 2
        printed = capsys.readouterr()
        assert (printed.out, printed.err.count("\n")) == ("", 1)


def test_add_makes_no_file_without_create(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "new.sqlite"
    assert main(["entries", "add", "--memory", str(path), "--text", "x"]) == 2
    assert not path.exists()
    assert main(["entries", "add", "--memory", f"sqlite:///{path}", "--text", "x", "--create", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["inserted"] == [1]


def test_set_only_where_nobody_was_faster(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]):
    seen = cli("entries", "show", "1")
    assert cli("entries", "set", "1", "--owner", "Ann", "--if-updated", repr(seen["updated"]))["updated"] == [1]
    assert (
        main(["entries", "set", "1", "--owner", "Ben", "--if-updated", repr(seen["updated"]), "--memory", memory]) == 2
    )
    assert "Somebody else changed entry 1 meanwhile" in capsys.readouterr().err
    version = cli("entries", "set", "2", "--owner", "Ann")["version"]
    assert cli("entries", "set", "1", "--owner", "Ben", "--if-version", str(version))["updated"] == [1]
    assert main(["entries", "set", "1", "--text", "mine", "--if-version", str(version), "--memory", memory]) == 2
    assert "its owner is now “Ben”, not “Ann”" in capsys.readouterr().err
    assert main(["entries", "set", "1", "--text", "mine", "--if-version", "999", "--memory", memory]) == 2
    assert "never had a version 999" in capsys.readouterr().err
    assert cli("entries", "show", "1")["text"] == seen["text"]


def test_check_as_json(memory: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def told(code: int, *arguments: str) -> Any:
        assert main(["entries", "check", memory, "--json", *arguments]) == code
        return json.loads(capsys.readouterr().out)

    assert told(0)["sound"] is True
    with closing(sqlite3.connect(memory)) as connection:
        connection.execute("UPDATE changes SET entries = 77")
        connection.commit()
    [finding] = told(1)["findings"]
    assert (finding["code"], finding["repairable"]) == ("counts", True)
    repaired = told(0, "--repair")
    assert (repaired["sound"], repaired["before"]["sound"]) == (True, False)
    assert Path(repaired["backup"]).is_file()
    rescued = told(0, "--rescue", str(tmp_path / "new.sqlite"))
    assert (rescued["entries"], rescued["lost"], rescued["sound"]) == (3, 0, True)


def test_check_refuses_what_is_no_file(capsys: pytest.CaptureFixture[str]):
    assert main(["entries", "check", "memory://scratch"]) == 2
    assert "Only memory files can be checked" in capsys.readouterr().err
