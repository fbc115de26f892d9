"""``memviz import`` and ``memviz export``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.cli.import_preview import refused
from memviz.session.import_report import FileReport, ImportReport

CSV = "Title,Content,user_id,rating\nRome,We met in Rome,ann,5\n,,bob,\nParis,=1+1,bob,4\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A table and a new memory."""
    path = tmp_path / "notes.csv"
    path.write_text(CSV, encoding="utf-8")
    return str(path), str(tmp_path / "notes.sqlite")


def test_a_trial_tells_columns_entries_and_bad_lines_and_makes_no_file(files, capsys, tmp_path) -> None:
    path, memory = files
    assert main(["import", path, "--memory", memory, "--create", "--dry-run"]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("memviz: This import would be refused for its bad line; mend it, or ")
    out = told.out
    assert "Content                  → text" in out
    assert "1. key: Rome  text: We met in Rome  owner: ann  metadata: {'rating': '5'}" in out
    assert "Would import 2 entries." in out
    assert "Line 3 of “notes.csv” has neither a text nor a key." in out
    assert not Path(memory).exists()
    assert main(["import", path, "--memory", memory, "--dry-run", "--skip-bad"]) == 2
    assert "There is no file" in capsys.readouterr().err
    assert main(["import", path, "--memory", memory, "--create", "--dry-run", "--skip-bad"]) == 0
    assert not Path(memory).exists()
    nowhere = str(tmp_path / "none" / "notes.sqlite")
    assert main(["import", path, "--memory", nowhere, "--create", "--dry-run", "--skip-bad"]) == 2
    assert "none" in capsys.readouterr().err


def test_a_trial_of_several_files_tells_each(files, capsys, tmp_path) -> None:
    path, memory = files
    lines, diary, empty = tmp_path / "b.jsonl", tmp_path / "日记.txt", tmp_path / "empty.csv"
    lines.write_text('{"key": "Rome", "text": "We met in Rome"}\n{"key": "x", "note": "one"}\n', encoding="utf-8")
    diary.write_text("第一段。\n\n第二段在北京。\n", encoding="utf-8")
    empty.touch()
    broken = tmp_path / "broken.json"
    broken.write_text("[" + '{"text": "x"},' * 300, encoding="utf-8")  # only its end is missing
    all_files = [path, *map(str, (lines, diary, empty, broken))]
    trial = ["import", *all_files, "--memory", memory, "--create", "--dry-run"]
    assert main(trial) == 2
    told = capsys.readouterr()
    parts = dict(part.split(":\n", 1) for part in told.out.split("\n\n")[:-1])
    assert list(parts) == all_files
    assert "Would import 2 entries.\n  1 bad line:\n    Line 3 of “notes.csv”" in parts[path]
    assert "note                     → into metadata" in parts[str(lines)]
    assert "Would import 1 entry.\n  Duplicates of earlier entries in the files: 1" in parts[str(lines)]
    assert "1. text: 第一段。" in parts[str(diary)]
    assert parts[str(empty)].strip() == "Refused: “empty.csv” is empty; choose a file with entries in it."
    assert "Refused: Line 1 of “broken.json” is where the file ends" in parts[str(broken)]
    assert told.out.endswith("All files together: 5 entries.\n")
    assert told.err == (
        "memviz: This import would be refused for 3 of 5 files; leave out or replace what cannot be read, and mend the"
        " bad lines or add --skip-bad.\n"
    )
    assert main([*trial, "--json"]) == 2
    told_files = json.loads(capsys.readouterr().out)["files"]
    assert [one["file"] for one in told_files] == all_files
    assert [one["entries"] for one in told_files[:3]] == [2, 1, 2]
    assert [bool(one["refused"]) for one in told_files] == [False, False, False, True, True]
    assert main(["import", str(lines), str(diary), "--memory", memory, "--create", "--dry-run"]) == 0
    assert not Path(memory).exists()


def test_a_trial_of_what_no_undo_takes_back() -> None:
    report = ImportReport(entries=20_001, undoable=False, files=[FileReport(entries=20_001)])
    assert "no undo would take it back; add --no-undo" in refused(report, skip_bad=False, undoable=True)
    assert not refused(report, skip_bad=False, undoable=False)


def test_a_trial_goes_on_after_a_file_without_a_text(files, capsys, tmp_path) -> None:
    path, memory = files
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("text,x\na,b\n", encoding="utf-8")
    trial = ["import", str(numbers), path, "--memory", memory, "--create", "--dry-run", "--leave-out", "text"]
    assert main([*trial, "--leave-out", "x", "--skip-bad"]) == 2
    told = capsys.readouterr()
    assert "  Refused: No column of “text”, “x” is known as text or key; name one" in told.out
    assert "  Would import 2 entries." in told.out
    assert "1 of 2 files" in told.err


def test_import_export_and_undo(files, capsys, tmp_path) -> None:
    path, memory = files
    assert main(["import", path, "--memory", memory, "--create"]) != 0
    assert "Line 3 of “notes.csv” has neither a text nor a key; nothing was imported" in capsys.readouterr().err
    options = ["--skip-bad", "--map", "tags=rating", "--leave-out", "Title", "--set", "owner=zoe", "--json"]
    assert main(["import", path, "--memory", memory, *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["entries"], told["bad_count"], told["columns"]["rating"]) == (2, 1, "tags")
    out = tmp_path / "out.csv"
    assert main(["export", str(out), "--memory", memory, "--owner", "bob"]) == 0
    assert capsys.readouterr().out == f"Exported 1 entry to {out}.\n"
    assert "'=1+1" in out.read_text(encoding="utf-8")
    assert main(["export", str(tmp_path / "met.md"), "--memory", memory, "--where", "met -tag:4"]) == 0
    assert "Exported 1 entry" in capsys.readouterr().out
    main(["entries", "undo", "--memory", memory])
    assert "deleted entries 1, 2" in capsys.readouterr().out
    assert main(["import", str(out), "--memory", memory]) == 0
    main(["entries", "list", "--memory", memory])
    assert "=1+1" in capsys.readouterr().out


TALK = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "我叫李雷。"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("talk.jsonl", "\n".join(map(json.dumps, TALK))),
        ("talk.json", json.dumps(TALK)),
        ("talk.json", json.dumps({"messages": TALK})),
        ("talk.jsonl", json.dumps({"messages": TALK})),
        ("talk.jsonl", '{"role": "user", "text": "Hi"}'),
    ],
)
def test_a_dialogue_is_imported_and_said_to_be_one(files, capsys, tmp_path, name, text) -> None:
    _, memory = files
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    for options in (["--dry-run", "--json"], []):
        assert main(["import", str(path), "--memory", memory, "--create", *options]) == 0
        told = capsys.readouterr()
        assert told.err == (
            f"memviz: note: “{name}” looks like a dialogue: its messages are imported as facts, and “memviz dialogue”"
            " (in the window, Chat) loads them turn by turn instead.\n"
        )
    assert told.out.startswith("Imported ")
    assert main(["dialogue", str(path)]) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("people.jsonl", '{"role": "user", "text": "Ann may read"}\n{"role": "admin", "text": "Bob may write"}'),
        ("orders.json", '[{"role": "system", "content": "Be kind."}]'),  # nobody says anything
        ("facts.jsonl", '{"text": "one"}'),
        ("table.csv", "role,content\nuser,Hi\n"),  # “memviz dialogue” reads no tables
    ],
)
def test_what_is_no_dialogue_is_not_said_to_be_one(files, capsys, tmp_path, name, text) -> None:
    _, memory = files
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert main(["import", str(path), "--memory", memory, "--create"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "text=nope"], "no column “nope”; it has “Title”"),
        (["--map", "nope=Title"], "“nope” is no field"),
        (["--map", "text"], "write for example text=content"),
        (["--set", "confidence=2"], "from 0 to 1"),
        (["--leave-out", "Title", "--leave-out", "Content"], "name one, for example --map text=COLUMN"),
        (["--encoding", "klingon"], "no encoding “klingon”"),
        (["--format", "json"], "begins no JSON list"),
    ],
)
def test_what_cannot_be_asked_for(files, capsys, options, words) -> None:
    path, memory = files
    assert main(["import", path, "--memory", memory, "--create", *options]) != 0
    assert words in capsys.readouterr().err


def test_a_redacted_export(files, capsys, tmp_path) -> None:
    _, memory = files
    add = ["entries", "add", "--memory", memory, "--create"]
    main([*add, "--text", "Write to ann@example.org", "--owner", "ann"])
    main([*add, "--text", "PIN 1234", "--private"])
    out = tmp_path / "out.md"
    capsys.readouterr()
    assert main(["export", str(out), "--memory", memory, "--redact"]) == 0
    told = capsys.readouterr().out
    assert "Left out 1 private entry; --private exports them too." in told
    assert "Redacted: 1 × e-mail, 1 × owner." in told
    content = out.read_text(encoding="utf-8")
    assert "Write to [e-mail]" in content
    assert "ann" not in content
    assert "1234" not in content
