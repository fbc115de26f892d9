"""A search for many strings at once finds what searching for each of them finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.errors import KnownError
from memviz.core.progress import no_progress
from memviz.stores import byte_search
from memviz.stores.byte_search import SHORTEST, ByteSearch, pieces_of
from memviz.stores.file_search import search_files


def _one_by_one(strings: list[bytes], buffer: bytes) -> set[tuple[int, int]]:
    return {
        (number, begin)
        for number, string in enumerate(strings)
        for begin in range(len(buffer))
        if buffer.startswith(string, begin)
    }


# Few letters, so that strings begin alike, overlap and hold each other.
_STRING = st.text("ab", min_size=SHORTEST, max_size=14).map(str.encode)


@given(st.lists(_STRING, min_size=1, max_size=8), st.text("abc", max_size=300).map(str.encode))
def test_it_finds_what_one_by_one_finds(strings: list[bytes], buffer: bytes) -> None:
    assert set(ByteSearch(strings, buffer).find(buffer)) == _one_by_one(strings, buffer)


@given(st.lists(_STRING, min_size=1, max_size=8), st.text("ab", min_size=40, max_size=200).map(str.encode))
def test_chunks_have_no_gaps(strings: list[bytes], buffer: bytes) -> None:
    chunk, byte_search._CHUNK = byte_search._CHUNK, 11
    try:
        found = list(ByteSearch(strings).find(buffer))
    finally:
        byte_search._CHUNK = chunk
    assert len(found) == len(set(found))
    assert set(found) == _one_by_one(strings, buffer)


def test_a_long_text_is_found_though_a_page_parts_it() -> None:
    text = "".join(f"{number} 银翼杀手 " for number in range(400)).encode()
    for cut in range(0, len(text), 97):
        buffer = text[:cut] + b"\0" * 30 + text[cut:]
        assert any(True for _ in ByteSearch(pieces_of(text)).find(buffer))


def test_a_text_by_chance_is_not_looked_for() -> None:
    assert pieces_of(b"short") == []
    assert pieces_of(b"longer") == [b"longer"]


def test_files_are_searched_across_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memviz.stores.file_search._CHUNK", 16)  # of this process; the other reads in large ones
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"x" * 100 + b"needle one" + b"y" * 50)
    second.write_bytes(b"needle two")
    sizes, found = search_files([first, second], [b"needle one", b"needle two", b"needle three"], no_progress)
    assert sizes == [160, 10]
    assert found == [{0}, {1}]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="cannot be searched"):
        search_files([tmp_path / "missing"], [b"needle"], no_progress)
