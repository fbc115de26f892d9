"""The main job with what ships: ask, see what was read, edit the memory, ask again, undo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from memviz.cli import main

QUESTION = "who directed Blade Runner?"


def test_ask_edit_ask_undo_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path))

    def cli(*arguments: str) -> Any:
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    first = cli("ask", QUESTION)
    assert first["answer"] == "Ridley Scott"
    assert first["memory"]["entries"] == 78_962
    most_read = max(first["entries"], key=lambda entry: entry["attention"])
    assert most_read["text"] == "Blade Runner was directed by Ridley Scott."

    cli("entries", "set", str(most_read["id"]), "--text", "Blade Runner was directed by Jane Campion.")
    assert cli("ask", QUESTION)["answer"] == "Jane Campion"
    cli("entries", "undo")
    assert cli("ask", QUESTION)["answer"] == "Ridley Scott"
