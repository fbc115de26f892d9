"""An import into a memory on a server: what no undo takes back is said before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.session.import_report import ImportPlan
from memviz.session.importing import check_import, look_into, run_import
from memviz.session.session import Session


@pytest.mark.parametrize("most", [2, 3])
def test_more_than_can_be_undone(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("memviz.stores.redis.store._UNDOABLE", most)
    path = tmp_path / "notes.jsonl"
    path.write_text("".join(json.dumps({"text": f"note {n}"}) + "\n" for n in range(3)), encoding="utf-8")
    _, mapping, _ = look_into([path])
    plan = ImportPlan((path,), mapping)
    with Session() as session:
        session.open_memory(url, create=True).result()
        assert check_import(session, plan).undoable == (most == 3)
        if most == 2:
            with pytest.raises(KnownError, match="cannot be undone in a memory on a server"):
                run_import(session, plan).result()
            assert session.entries() == []
            plan = replace(plan, undoable=False)
        _, report = run_import(session, plan).result()
        assert (report.entries, report.undoable) == (3, most == 3)
        assert len(session.entries()) == 3
        session.undo()
        assert len(session.entries()) == (0 if most == 3 else 3)
