"""Files that are no ordinary tables and lines: pipes, marks of encodings, concatenated lists, columns of bytes."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.exchange.formats import ReadOptions, open_reader
from memviz.exchange.mapping import LEFT_OUT, guessed_mapping


def _read(path: Path, **options) -> list[dict]:
    def reject(line: int, why: str) -> None:
        raise AssertionError(f"{line}: {why}")

    return [dict(values) for _, values in open_reader(path, ReadOptions(**options)).records(reject)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("name", ["x", "x.csv"])
def test_a_pipe_is_not_waited_for(tmp_path, name) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(KnownError, match="is a pipe or a device; save what it gives to a file"):
        open_reader(tmp_path / name)


def test_a_folder(tmp_path) -> None:
    with pytest.raises(KnownError, match="is a folder; choose the files in it"):
        open_reader(tmp_path)


@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le"])
def test_the_mark_says_which_utf_16_it_is_also_where_that_is_asked_for(tmp_path, order) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("\ufeffkey,text\na,hällo\n".encode(order))
    assert _read(path, encoding="utf-16") == [{"key": "a", "text": "hällo"}]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"encoding": "undefined"}, "no encoding “undefined”"), ({"delimiter": "ab"}, "not by 'ab'")],
)
def test_options_that_cannot_be(tmp_path, options, words) -> None:
    (tmp_path / "x.csv").write_text("key,text\na,b\n")
    with pytest.raises(KnownError, match=words):
        _read(tmp_path / "x.csv", **options)


def test_the_first_cell_may_be_very_long(tmp_path) -> None:
    (tmp_path / "x.csv").write_text(f"1,{'x' * 200_000}\n2,y\n")
    assert [len(row["column 2"]) for row in _read(tmp_path / "x.csv")] == [200_000, 1]


def test_a_second_list_of_json_is_not_lost(tmp_path) -> None:
    (tmp_path / "x.json").write_text('[{"text": "a"}]\n[{"text": "b"}]\n')
    with pytest.raises(KnownError, match=r"Line 2 of “x.json” has something after the end of the list"):
        _read(tmp_path / "x.json")


@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_numbers_of_thousands_of_digits(tmp_path, name) -> None:
    (tmp_path / name).write_text(f'[{{"n": {"9" * 5_000}}}]' if name == "x.json" else f'{{"n": {"9" * 5_000}}}\n')
    bad: list[str] = []
    try:
        list(open_reader(tmp_path / name).records(lambda _line, why: bad.append(why)))
    except KnownError as error:
        bad.append(str(error))
    assert "holds a number of thousands of digits" in bad[0]


def test_ids_of_others_are_not_taken_for_ours(tmp_path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": "7f3a", "key": "k", "text": "t", "created": 1, "updated": 1}\n')
    assert not open_reader(tmp_path / "x.jsonl").own


def test_parquet_of_data_frames(tmp_path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    when = arrow.array([1_715_688_000_123_456_789], arrow.timestamp("ns"))
    bytes_, names = arrow.array([b"\x00\xff"]), ["text", "text", "when", "vector"]
    table = arrow.Table.from_arrays([arrow.array(["a"]), arrow.array(["b"]), when, bytes_], names=names)
    parquet.write_table(table, tmp_path / "x.parquet")
    [row] = _read(tmp_path / "x.parquet")
    assert (row["text"], row["text 2"]) == ("a", "b")
    assert row["when"] == datetime(2024, 5, 14, 12, 0, 0, 123456)
    assert guessed_mapping(tuple(row), [row]).targets["vector"] == LEFT_OUT


def test_parquet_with_damaged_names(tmp_path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"remark": ["a"]}), tmp_path / "x.parquet", store_schema=False)
    damaged = (tmp_path / "x.parquet").read_bytes().replace(b"remark", b"rem\xffrk")
    (tmp_path / "x.parquet").write_bytes(damaged)
    with pytest.raises(KnownError, match="is no Parquet file"):
        open_reader(tmp_path / "x.parquet")


def test_parquet_in_one_group_needs_little_memory(tmp_path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table({"text": [os.urandom(512).hex() for _ in range(20_000)]})  # 20 MB
    parquet.write_table(table, tmp_path / "x.parquet", use_dictionary=False)
    del table
    before, most = arrow.total_allocated_bytes(), 0
    for number, _ in open_reader(tmp_path / "x.parquet").records(lambda *_: None):
        if number % 500 == 0:
            most = max(most, arrow.total_allocated_bytes() - before)
    assert most < 8_000_000
