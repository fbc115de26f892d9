from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from memviz.gui.tables.word_diff import Piece, condensed, word_diff

TEXTS = st.text(alphabet="ab c.银翼\n", max_size=40)


@given(TEXTS, TEXTS)
def test_the_pieces_make_both_texts(before, after):
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "inserted") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "deleted") == after
    assert all(piece.text for piece in pieces)


def test_words_change_as_a_whole_and_a_name_as_one():
    assert word_diff("directed by Ridley Scott.", "directed by Jane Campion.") == [
        Piece("same", "directed by "),
        Piece("deleted", "Ridley Scott"),
        Piece("inserted", "Jane Campion"),
        Piece("same", "."),
    ]
    assert Piece("deleted", "cat") in word_diff("a cat sat", "a car sat")


def test_chinese_changes_by_characters():
    assert word_diff("由斯科特执导", "由坎皮恩执导") == [
        Piece("same", "由"),
        Piece("deleted", "斯科特"),
        Piece("inserted", "坎皮恩"),
        Piece("same", "执导"),
    ]


def test_words_that_stand_everywhere_take_no_time():
    before = " ".join("abcdefgh"[number * number % 61 % 8] for number in range(700))
    start = time.perf_counter()
    pieces = word_diff(before, before.replace("b", "z"))
    assert time.perf_counter() - start < 0.1  # 0.3 s where all pairs of them are compared
    assert "".join(piece.text for piece in pieces if piece.kind != "inserted") == before


def test_a_megabyte_is_compared_at_once():
    before = "word " * 200_000
    start = time.perf_counter()
    pieces = word_diff(before, before[:500_000] + "new " + before[500_000:])
    assert time.perf_counter() - start < 1.0
    assert [piece for piece in pieces if piece.kind != "same"] == [Piece("inserted", "new ")]
    assert sum(len(piece.text) for piece in condensed(pieces)) < 200
