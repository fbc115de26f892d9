"""``memviz entries bulk | replace | tag | merge | duplicates | changes | back``."""

from __future__ import annotations

from contextlib import closing

import pytest

from memviz.cli import entry_merge, main
from memviz.core.edits import Delete, Update
from memviz.session.bulk.duplicates import Duplicates
from memviz.session.session import Session
from memviz.stores.sqlite import SQLiteStore
from tests.cli.conftest import Cli


def test_bulk_set_confidence_enable_delete(cli: Cli):
    assert cli("entries", "bulk", "set", "--search", "blade", "--owner", "ann")["updated"] == [1, 2]
    assert cli("entries", "bulk", "confidence", "--all", "--multiply", "0.5")["updated"] == [1, 2, 3]
    assert cli("entries", "bulk", "disable", "--ids", "1", "3")["updated"] == [1, 3]
    assert cli("entries", "bulk", "enable", "--all")["updated"] == [1, 3]
    assert cli("entries", "bulk", "delete", "--where", "id>1 owner:ann")["deleted"] == [2]
    assert [(entry["owner"], entry["confidence"]) for entry in cli("entries", "list")] == [("ann", 0.5), ("", 0.5)]


def test_replace_with_a_look_before(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]):
    arguments = ("entries", "replace", r"directed by (\w+) (\w+)", r"directed by \2, \1", "--regex", "--all")
    told = cli(*arguments, "--dry-run")
    assert (told["chosen"], told["changing"]) == (3, 2)
    assert told["first"][0]["after"]["text"] == "Blade Runner was directed by Scott, Ridley."
    assert main([*arguments, "--dry-run", "--memory", memory]) == 0
    assert "2 of 3 entries would change." in capsys.readouterr().out
    assert cli("entries", "show", "1")["text"] == "Blade Runner was directed by Ridley Scott."
    assert cli(*arguments)["updated"] == [1, 3]
    assert cli("entries", "changes", "--limit", "1")[0]["initiator"] == "command line · Replace"
    assert cli("entries", "undo")["updated"] == [1, 3]


def test_tag_and_merge(cli: Cli):
    assert cli("entries", "tag", "--all", "--add", "film", "--add", "old")["updated"] == [1, 2, 3]
    cli("entries", "merge", "1", "2", "--into", "1", "--join", " ")
    one, two, _ = cli("entries", "list")
    assert one["text"].endswith("Scott. Blade Runner was released in 1982.")
    assert (one["tags"], two["superseded_by"]) == (["film", "old"], 1)


def test_duplicates_are_listed_and_settled(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]):
    cli("entries", "add", "--text", "the piano was directed by JANE CAMPION")
    [group] = cli("entries", "duplicates", "--likeness", "1")
    assert (group["ids"], group["sameness"]) == ([3, 4], "same words in the text")
    assert main(["entries", "duplicates", "--memory", memory]) == 0
    assert "(1 group of 2 entries, of 4 in all" in capsys.readouterr().out
    assert cli("entries", "duplicates", "--settle", "newest", "--delete")["deleted"] == [3]
    assert cli("entries", "duplicates") == []


def test_duplicates_that_somebody_else_changed_meanwhile_are_not_settled(
    cli: Cli, memory: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    cli("entries", "add", "--text", "the piano was directed by JANE CAMPION")
    found = entry_merge._found

    def then_changed(session: Session, likeness: float) -> Duplicates:
        duplicates = found(session, likeness)
        with closing(SQLiteStore.open(memory)) as beside:
            beside.apply([Delete(3), Update(4, text="Something else.")])
        return duplicates

    monkeypatch.setattr(entry_merge, "_found", then_changed)
    assert main(["entries", "duplicates", "--settle", "newest", "--delete", "--memory", memory]) == 2
    assert "changed since you looked" in capsys.readouterr().err
    assert cli("entries", "show", "4")["text"] == "Something else."


def test_changes_and_the_way_back(cli: Cli, memory: str, capsys: pytest.CaptureFixture[str]):
    cli("entries", "bulk", "set", "--all", "--owner", "ann")
    rows = cli("entries", "changes", "--limit", "2")
    assert [(row["version"], row["updated"], row["inserted"]) for row in rows] == [(4, 3, 0), (3, 0, 1)]
    assert [row["version"] for row in cli("entries", "changes", "--entry", "2", "--before", "v4")] == [2]
    assert [row["entry_id"] for row in cli("entries", "changes", "v4")] == [1, 2, 3]
    assert cli("entries", "back", "3", "--dry-run") == {"differing": 3}
    assert cli("entries", "back", "v1")["deleted"] == [2, 3]
    assert [entry["id"] for entry in cli("entries", "list")] == [1]
    assert main(["entries", "changes", "--memory", memory]) == 0
    assert "edit by command line · Set owner: 3 changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replace", "(", "x", "--regex", "--all"], "mistake at its end"),
        (["bulk", "set", "--all"], "at least one field"),
        (["bulk", "delete", "--search", " "], "--search needs words"),
        (["bulk", "delete", "--search", "\udcff"], "half of a character"),
        (["bulk", "delete", "--where", "blade"], "--where needs a condition"),
        (["bulk", "delete", "--ids", "99"], "not in the memory any more"),
        (["tag", "--all"], "at least one tag"),
        (["merge", "1"], "at least two"),
        (["duplicates", "--settle", "newest"], "nothing to settle"),
        (["back", "x"], "is no version"),
        (["back", "99"], "never had a version 99"),
    ],
)
def test_bad_input_gets_a_sentence(memory: str, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str):
    assert main(["entries", *arguments, "--memory", memory]) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.err.count("\n") == 1
