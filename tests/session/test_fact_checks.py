"""What an edit is checked by: from lines, from a file, and from the facts that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from memviz.core.arrays import frozen_array
from memviz.core.errors import KnownError
from memviz.core.neurons import CheckPrompt, EditCheck, EditOutcome, RankOneEdit
from memviz.session.fact_checks import (
    RECALLER,
    edit_checks,
    fact_edit,
    kept_texts,
    outcome_words,
    read_checks,
    read_lines,
    suggested_checks,
)


def test_a_fact_is_put_together_and_neighbours_about_its_subject_are_kept() -> None:
    fact = fact_edit(
        "Alien was directed by ",
        " Alien ",
        " Jane ",
        ["Alien was released in", "Aliens was directed by", "Heat was directed by", "Alien was directed by"],
    )
    assert (fact.prompt, fact.subject, fact.target) == ("Alien was directed by", "Alien", "Jane")
    assert fact.keep == ("Alien was released in",)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((" ", "Alien", "Jane"), "no prompt"),
        (("Alien was", " ", "Jane"), "no subject"),
        (("Alien was", "alien", "Jane"), "does not hold the subject “alien”"),
        (("Alien was", "Alien", " "), "no new object"),
    ],
)
def test_what_is_missing_is_said(given: tuple[str, str, str], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        fact_edit(*given)


def test_checks_are_ordered_and_each_prompt_is_asked_once() -> None:
    fact = fact_edit("Alien was", "Alien", "Jane")
    checks = edit_checks(
        fact, ["Alien is", " ", "Alien was"], ["Heat was", "Alien is"], [CheckPrompt("edited", "A", "B")]
    )
    assert checks == [
        CheckPrompt("edited", "Alien was", "Jane"),
        CheckPrompt("edited", "A", "B"),
        CheckPrompt("paraphrase", "Alien is", "Jane"),
        CheckPrompt("neighbour", "Heat was"),
    ]
    assert kept_texts(["text"], checks) == ["text", "Heat was"]
    assert kept_texts([], checks[:1]) == ["Alien was"]


def test_checks_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "checks.jsonl"
    file.write_text(
        '{"kind": "paraphrase", "prompt": "a"}\n\n{"kind": "neighbour", "prompt": "b"}\n'
        '{"kind": "edited", "prompt": "c", "expected": "other"}\n',
        encoding="utf-8",
    )
    assert read_checks(file, "new") == [
        CheckPrompt("paraphrase", "a", "new"),
        CheckPrompt("neighbour", "b"),
        CheckPrompt("edited", "c", "other"),
    ]


@pytest.mark.parametrize(
    "line", ["x", "[]", '{"kind": "other", "prompt": "a"}', '{"kind": "edited"}', '{"kind": [], "prompt": 1}']
)
def test_a_line_that_is_no_check_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "checks.jsonl"
    file.write_text(f'{{"kind": "neighbour", "prompt": "b"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(KnownError, match="Line 2"):
        read_checks(file, "new")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="cannot be read"):
        read_lines(tmp_path / "missing")
    (tmp_path / "latin").write_bytes(b"\xe9")
    with pytest.raises(KnownError, match="UTF-8"):
        read_lines(tmp_path / "latin")


def test_suggestions_are_facts_that_the_recaller_learned() -> None:
    found = suggested_checks(RECALLER, " who directed  Blade Runner? ")
    assert found is not None
    assert (found.subject, found.answer) == ("Blade Runner", "Ridley Scott")
    assert set(found.paraphrases) == {
        "Blade Runner was directed by",
        "the director of Blade Runner is",
        "who is the director of Blade Runner?",
    }
    assert len(set(found.neighbours)) == 50
    assert found.neighbours[0] == "when was Blade Runner released?"
    assert not any("Blade Runner" in other for other in found.neighbours[1:])
    assert len(found.texts) == 200
    assert suggested_checks(RECALLER, "who directed Blade Runner?") == found
    assert suggested_checks(RECALLER, "who shot Blade Runner?") is None
    assert suggested_checks("movies-reader", "who directed Blade Runner?") is None


def test_an_outcome_in_one_line() -> None:
    nothing = frozen_array(np.zeros(1, dtype=np.float32))
    checks = (
        EditCheck("edited", "a", "x", "y", "x"),
        EditCheck("neighbour", "b", "", "y", "y"),
        EditCheck("neighbour", "c", "", "y", "z"),
    )
    assert outcome_words(EditOutcome(RankOneEdit(0, nothing, nothing), checks)) == (
        "edited 1 of 1   ·   neighbours 1 of 2 unchanged"
    )
