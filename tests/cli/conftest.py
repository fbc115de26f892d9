from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memviz.cli import main

Cli = Callable[..., Any]

FACTS = [
    ("Blade Runner · director", "Blade Runner was directed by Ridley Scott."),
    ("Blade Runner · year", "Blade Runner was released in 1982."),
    ("The Piano · director", "The Piano was directed by Jane Campion."),
]


@pytest.fixture
def memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A memory made by the command line: three facts with the ids 1 to 3."""
    path = str(tmp_path / "notes.sqlite")
    for key, text in FACTS:
        assert main(["entries", "add", "--memory", path, "--create", "--key", key, "--text", text]) == 0
    capsys.readouterr()
    return path


@pytest.fixture
def cli(memory: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """``cli("entries", "list")`` with that memory and --json: the value that was printed."""

    def call(*arguments: str) -> Any:
        code = main([*arguments, "--memory", memory, "--json"])
        printed = capsys.readouterr()
        assert (code, printed.err) == (0, "")
        return json.loads(printed.out)

    return call
