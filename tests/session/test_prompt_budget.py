"""An entry that the prompt had no room for: its figures, and remedies that work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memviz.core.edits import Insert
from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.core.why_not import WhyNot
from memviz.session.prompt_budget import was_cut_by_prompt, why_cut_by_prompt
from memviz.session.session import Session
from tests.models.tiny import tiny_model, tiny_seq2seq, tiny_tokenizer
from tests.session.scripted import ScriptedModel


@pytest.fixture(scope="module", params=["llama", "bart"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A causal model and an encoder-decoder model, both with a context of 256 tokens."""
    made: Any = tiny_model("llama") if request.param == "llama" else tiny_seq2seq("bart")
    path = tmp_path_factory.mktemp(request.param)
    made.save_pretrained(path)
    tiny_tokenizer().save_pretrained(path)
    return str(path)


@pytest.fixture
def crowded(folder: str, tmp_path: Path) -> Iterator[Session]:
    """Entries 1 to 8 about one thing, of which not all fit; entry 9 is too long even alone."""
    with Session() as session:
        session.open_memory(str(tmp_path / "crowded.sqlite"), create=True).result()
        session.edit(
            *(Insert(text=f"Numbat number {n} eats termites all day and sleeps at night.") for n in range(8)),
            Insert(text="Quokka " + "smiles at everybody it meets " * 80),
        )
        session.load_model(folder).result()
        yield session


def why(session: Session, query: Query, entry_id: int) -> WhyNot:
    run = session.ask(query).wait()
    assert was_cut_by_prompt(run, entry_id)
    return why_cut_by_prompt(session, run, entry_id).result()


def in_prompt(session: Session, query: Query) -> list[int]:
    prompt = session.ask(query).wait().trace.prompt
    assert prompt is not None
    return [slot.entry_id for slot in prompt.slots if slot.entry_id is not None]


def last_cut(session: Session, query: Query) -> tuple[int, int]:
    """The first and the last entry that the prompt cut."""
    prompt = session.ask(query).wait().trace.prompt
    assert prompt is not None
    cut = [one.entry_id for one in sorted(prompt.cut, key=lambda one: one.rank)]
    assert cut
    return cut[0], cut[-1]


@pytest.fixture
def template(folder: str) -> str:
    return "{entries}\n{question}"


def test_every_remedy_brings_it_into_the_prompt(crowded: Session, template: str) -> None:
    query = Query("numbat", max_tokens=60, template=template, window=200)
    for entry_id in last_cut(crowded, query):
        found = why(crowded, query, entry_id)
        assert (found.cause, found.recalled) == ("budget", False)
        assert "tokens" in found.reason
        assert found.score == pytest.approx(sum(found.parts.values()))
        assert "pinned" in [remedy.setting for remedy in found.remedies]
        for remedy in found.remedies:
            assert remedy.query is not None
            assert entry_id in in_prompt(crowded, remedy.query)


def test_the_most_answer_tokens_that_leave_room(
    crowded: Session, template: str, request: pytest.FixtureRequest
) -> None:
    query = Query("numbat", max_tokens=60, template=template)
    first, _ = last_cut(crowded, query)
    shorter = [remedy for remedy in why(crowded, query, first).remedies if remedy.setting == "max_tokens"]
    if "bart" in request.node.name:
        assert shorter == []  # its encoder's context holds no answer
        return
    [remedy] = shorter
    assert 1 <= remedy.after < 60
    assert first in in_prompt(crowded, Query("numbat", max_tokens=remedy.after, template=template))
    assert first not in in_prompt(crowded, Query("numbat", max_tokens=remedy.after + 1, template=template))


def test_too_long_even_alone(crowded: Session, template: str) -> None:
    found = why(crowded, Query("quokka", max_tokens=20, template=template), 9)
    assert found.remedies == ()
    assert "too long even alone" in found.reason


def test_the_model_of_the_run_is_gone(crowded: Session, template: str) -> None:
    query = Query("numbat", max_tokens=60, template=template)
    run = crowded.ask(query).wait()
    assert run.trace.prompt is not None
    crowded.use_model(ScriptedModel()).result()
    with pytest.raises(KnownError, match="not loaded any more"):
        why_cut_by_prompt(crowded, run, run.trace.prompt.cut[0].entry_id).result()
