"""What ``memviz ask --json`` says of private entries: nothing, unless it is asked for."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from memviz.cli import main
from memviz.core.edits import Insert
from memviz.core.privacy import MASK
from memviz.stores.sqlite import SQLiteStore

_SECRET = "Blade Runner was directed by Ridley Scott."


@pytest.mark.parametrize("shown", [False, True])
def test_json_masks_private_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str], shown: bool) -> None:
    path = tmp_path / "memory.sqlite"
    with closing(SQLiteStore.open(path, create=True)) as store:
        store.apply(
            [Insert(key="Blade Runner · director", text=_SECRET, private=True), Insert(text="Blade Runner, 1982")]
        )
    more = ["--show-private"] if shown else []
    assert main(["ask", "who directed Blade Runner?", "--memory", str(path), "--json", *more]) == 0
    printed = capsys.readouterr().out
    told = json.loads(printed)
    texts = {entry["id"]: entry["text"] for entry in told["entries"]}
    assert texts[1] == (_SECRET if shown else MASK)
    assert texts[2] == "Blade Runner, 1982"
    assert ("Scott" in printed) is shown
    assert ("Ridley" in printed) is shown
