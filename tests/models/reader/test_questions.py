"""Questions and their types are read, and bad lines are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.models.reader.questions import learn_templates, read_questions


def written(folder: Path, questions: str, types: str | None = None) -> tuple[Path, Path | None]:
    (folder / "questions.txt").write_text(questions, encoding="utf-8")
    if types is None:
        return folder / "questions.txt", None
    (folder / "types.txt").write_text(types, encoding="utf-8")
    return folder / "questions.txt", folder / "types.txt"


def test_brackets_are_removed_and_the_entity_is_known(tmp_path: Path) -> None:
    (question,) = read_questions(*written(tmp_path, "who directed [Alien]\tRidley Scott\n", "movie_to_director\n"))
    assert (question.text, question.entity, question.answers) == ("who directed Alien", "Alien", ("Ridley Scott",))
    assert question.asks == ("directed_by", False)


def test_brackets_inside_a_title_stay(tmp_path: Path) -> None:
    (question,) = read_questions(*written(tmp_path, "who directed [[REC]]\tPaco Plaza|Jaume Balagueró\n"))
    assert (question.text, question.entity) == ("who directed [REC]", "[REC]")


def test_templates_come_only_from_the_questions_that_are_kept(tmp_path: Path) -> None:
    questions = read_questions(
        *written(
            tmp_path,
            "who directed [Alien]\tRidley Scott\nwho directed [Up]\tPete Docter\n[Up] was made by who\tPete Docter\n",
            "movie_to_director\nmovie_to_director\nmovie_to_director\n",
        )
    )
    assert learn_templates(questions, lambda question: question.entity == "Alien") == {
        ("directed_by", False): ("who directed {entity}",)
    }


def test_an_entity_that_is_part_of_another_word_is_replaced_in_its_own_place(tmp_path: Path) -> None:
    questions = read_questions(*written(tmp_path, "which films are about [s]\tHer\n", "tag_to_movie\n"))
    assert learn_templates(questions, lambda _: True) == {("has_tags", True): ("which films are about {entity}",)}


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="Line 2 of"):
        read_questions(*written(tmp_path, "who directed [Alien]\tRidley Scott\nno answer here\n"))


def test_files_that_do_not_belong_together_are_named(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="has 2 lines but"):
        read_questions(*written(tmp_path, "a\tb\n", "x\ny\n"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"nowhere\.txt cannot be read"):
        read_questions(tmp_path / "nowhere.txt")
