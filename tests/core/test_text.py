"""Text rules that stores and recall share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.text import has_cjk, normalised, spaced_cjk, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who wrote It?", ["who", "wrote", "it"]),
        ("Amélie: l’été", ["amelie", "l", "ete"]),
        ("snake_case  $9.99", ["snake", "case", "9", "99"]),
        ("Straße ﬁlm", ["strasse", "film"]),
        ("银翼杀手 2049", ["银翼杀手", "2049"]),
        ("𝑨 Ⅷ", ["a", "viii"]),
        ("🎬 !?", []),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_normalised_titles_meet() -> None:
    assert normalised("The  Mátrix!") == normalised("the matrix") == "the matrix"


@pytest.mark.parametrize(
    ("text", "spaced"),
    [
        ("银翼 ok", " 银 翼  ok"),
        ("in1982年", "in1982 年 "),
        ("カナ한글", " カ ナ 한 글 "),
        ("plain", "plain"),
        ("\U00020000x", " \U00020000 x"),
    ],
)
def test_spaced_cjk(text: str, spaced: str) -> None:
    assert spaced_cjk(text) == spaced
    assert has_cjk(text) == (text != spaced)


@given(st.text())
def test_spacing_adds_only_spaces(text: str) -> None:
    assert spaced_cjk(text).replace(" ", "") == text.replace(" ", "")


@given(st.text())
def test_normalised_text_stays(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
