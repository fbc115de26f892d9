"""The stemmer says what SQLite's own says, so that words are counted as the index finds them."""

from __future__ import annotations

import random
import re
import sqlite3
from pathlib import Path

import pytest

from memviz.recall.porter import stem

ROOT = Path(__file__).resolve().parents[2]
_ENDINGS = """
    ational tional enci anci izer abli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti
    biliti logi icate ative alize iciti ical ful ness ance ence er ic able ible ant ement ment ent ion ou ism ate iti
    ous ive ize sses ies ss s eed ed ing y e ll bb at bl iz
""".split()  # noqa: SIM905


def _stems_of_sqlite(words: list[str]) -> list[str]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='porter ascii')")
    connection.execute("CREATE VIRTUAL TABLE stems USING fts5vocab(texts, 'instance')")
    connection.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", enumerate(words))
    rows = connection.execute("SELECT term FROM stems ORDER BY doc").fetchall()
    connection.close()
    return [term for (term,) in rows]


def test_words_of_a_text() -> None:
    words = sorted(set(re.findall("[a-z]+", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").lower())))
    assert len(words) > 500
    assert [stem(word) for word in words] == _stems_of_sqlite(words)


def test_made_up_words_with_every_ending() -> None:
    random_letters = random.Random(3)
    words = [
        "".join(random_letters.choices("aeiouybcdglmnrstvwxz", k=random_letters.randint(1, 7))) + ending
        for ending in _ENDINGS
        for _ in range(200)
    ]
    assert [stem(word) for word in words] == _stems_of_sqlite(words)


@pytest.mark.parametrize("word", ["", "a", "is", "1984", "café", "don't", "星球"])
def test_what_is_no_english_word_stays(word: str) -> None:
    assert stem(word) == word
