from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memviz.core.edits import Insert
from memviz.session.chat import Conversation
from memviz.session.session import Session
from tests.dialogue.labelled import SAID
from tests.session.scripted_embedder import embedder, own_indexes

__all__ = ["embedder", "own_indexes"]

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


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Session]:
    """A session with an empty memory and no model."""
    with Session() as session:
        session.open_memory(str(tmp_path / "talk.sqlite"), create=True).result()
        yield session


@pytest.fixture
def talk(empty: Session) -> Iterator[Conversation]:
    made = Conversation(empty, owner="Ann", now=lambda: SAID)
    yield made
    made.close()
