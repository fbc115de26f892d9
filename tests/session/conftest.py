from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memviz.core.edits import Insert
from memviz.session.session import Session

FACTS = [
    ("Blade Runner · director", "Blade Runner was directed by Ridley Scott."),
    ("Blade Runner · year", "Blade Runner was released in 1982."),
    ("Alien · director", "Alien was directed by Ridley Scott."),
    ("The Piano · director", "The Piano was directed by Jane Campion."),
]


@pytest.fixture
def memory(tmp_path: Path) -> str:
    """A memory of four facts, with the ids 1 to 4."""
    path = str(tmp_path / "four.sqlite")
    with Session() as session:
        session.open_memory(path, create=True).result()
        session.edit(*(Insert(key=key, text=text) for key, text in FACTS))
    return path


@pytest.fixture
def session(memory: str) -> Iterator[Session]:
    """A session with that memory and no model."""
    with Session() as session:
        session.open_memory(memory).result()
        yield session
