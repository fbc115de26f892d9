"""A model says what entries claim; what it invents is refused."""

from __future__ import annotations

import pytest

from memviz.core.edits import Insert
from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.session.claims_by_model import find_claims, read_claim
from memviz.session.recalling import memory_conflicts
from memviz.session.session import Session
from tests.session.scripted import ScriptedModel


class Reader(ScriptedModel):
    """Says of each text what a table holds; counts tokens as words, as models that converse do."""

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__()
        self.answers = answers

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def run(self, query: Query, entries, recall):
        asked = query.text.rstrip().rpartition(": ")[2].rpartition("：")[2]
        self.words = [self.answers.get(asked, "nothing")]
        return super().run(query, entries, recall)


@pytest.mark.parametrize(
    ("answer", "text", "claim"),
    [
        ("Ann | hat | red\nmore", "Ann wears a red hat.", ("Ann", "hat", "red")),
        ("安｜帽子｜红色", "安戴着红色的帽子", ("安", "帽子", "红色")),
        ("Ann | hat | blue", "Ann wears a red hat.", None),
        ("Bob | hat | red", "Ann wears a red hat.", None),
        ("Ann wears a hat", "Ann wears a red hat.", None),
        ("", "Ann", None),
    ],
)
def test_answers_are_read_strictly(answer: str, text: str, claim: tuple[str, str, str] | None) -> None:
    read = read_claim(answer, text)
    assert (read and (read["subject"], read["attribute"], read["value"])) == claim


def test_conflicts_that_only_a_model_finds(session: Session) -> None:
    one, two = "Ann prefers a red hat.", "A blue hat is what Ann prefers."
    session.edit(Insert(text=one), Insert(text=two), Insert(text="It rained."))
    assert memory_conflicts(session).result() == []
    model = Reader({one: "Ann | preferred hat | red", two: "Ann | preferred hat | blue", "It rained.": "x | y | z"})
    session.use_model(model).result()
    found = find_claims(session)
    assert (found.asked, found.found) == (3, 2)
    [conflict] = memory_conflicts(session).result()
    assert (conflict.name, [entry.id for entry in conflict.entries]) == ("Ann · preferred hat", [5, 6])
    assert find_claims(session).asked == 1
    session.undo()
    assert memory_conflicts(session).result() == []


def test_a_model_that_does_not_converse(session: Session) -> None:
    session.use_model(ScriptedModel()).result()
    with pytest.raises(KnownError, match="causal language model"):
        find_claims(session)
