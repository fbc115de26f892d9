"""bAbI's format, and what is said about files that are not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.core.stories import read_stories, read_story_folder, story_numbers, story_words

TEXT = """1 Mary moved to the bathroom.
2 John went to the hallway.
3 Where is Mary? \tbathroom\t1
4 Mary got the football there.
5 Where is the football?\tbathroom\t1 4
1 The office is east of the hallway.
2 How do you go from the office to the hallway?\tw,n
"""


def file(folder: Path, text: str, name: str = "qa1_where_train.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_questions_know_what_was_told_before_them(tmp_path: Path) -> None:
    first, second, third = read_stories(file(tmp_path, TEXT))
    assert first.sentences == ("Mary moved to the bathroom.", "John went to the hallway.")
    assert (first.question, first.answer, first.supporting, first.line) == ("Where is Mary?", "bathroom", (0,), 3)
    assert second.sentences == (*first.sentences, "Mary got the football there.")
    assert second.supporting == (0, 2)
    assert (third.sentences, third.answer, third.supporting) == (("The office is east of the hallway.",), "w,n", ())


def test_a_story_that_begins_like_the_one_before_is_another_one(tmp_path: Path) -> None:
    told = "1 Mary is here.\n2 Where is Mary?\there\n"
    again = told + "3 John is there.\n\n4 Where is John?\tthere\n"
    assert story_numbers(read_stories(file(tmp_path, TEXT + told + told + again + told))) == [0, 0, 1, 2, 3, 4, 4, 5]
    assert story_numbers([]) == []


def test_a_folder_is_read_in_the_order_of_its_tasks(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        file(tmp_path, TEXT, f"qa{number}_where_train.txt")
        file(tmp_path, TEXT, f"qa{number}_where_test.txt")
    assert list(read_story_folder(tmp_path)) == ["qa1_where", "qa2_where", "qa10_where"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 Mary slept.\nWhere is Mary?\tbed\n", "Line 2"),
        ("1 Mary slept.\n2 Where is Mary?\t \n", "no answer"),
        ("1 Mary slept.\n2 Where is Mary?\tbed\t7\n", "Line 2"),
        ("1 Mary slept.\n2 Where is Mary?\tbed\tone\n", "supporting line"),
        ("1 Mary slept.\n", "no question"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, words: str) -> None:
    path = file(tmp_path, text)
    with pytest.raises(KnownError, match=words) as error:
        read_stories(path)
    assert str(path) in str(error.value)


def test_missing_and_binary_files_and_empty_folders_are_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary_train.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing.txt", binary):
        with pytest.raises(KnownError, match=path.name):
            read_stories(path)
    with pytest.raises(KnownError, match=r"_test\.txt"):
        read_story_folder(tmp_path, "test")


def test_words_are_folded_and_chinese_is_split() -> None:
    assert story_words("Mary's in the Hall-way?") == ["mary", "s", "in", "the", "hall", "way"]
    assert story_words("小明去了花园。") == list("小明去了花园")
