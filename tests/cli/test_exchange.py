"""``memviz import`` and ``memviz export``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.cli import main

CSV = "Title,Content,user_id,rating\nRome,We met in Rome,ann,5\n,,bob,\nParis,=1+1,bob,4\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A table and a new memory."""
    path = tmp_path / "notes.csv"
    path.write_text(CSV, encoding="utf-8")
    return str(path), str(tmp_path / "notes.sqlite")


def test_a_trial_tells_columns_entries_and_bad_lines(files, capsys) -> None:
    path, memory = files
    assert main(["import", path, "--memory", memory, "--create", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "Content                  → text" in out
    assert "1. key: Rome  text: We met in Rome  owner: ann  metadata: {'rating': '5'}" in out
    assert "Would import 2 entries." in out
    assert "Line 3 of “notes.csv” has neither a text nor a key." in out
    main(["entries", "list", "--memory", memory])
    assert capsys.readouterr().out == "(no entry)\n"


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
