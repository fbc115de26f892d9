"""Every format as its file may be: dialects, headers, quotes, encodings, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.exchange.formats import ReadOptions, found_format, open_reader


def _read(path: Path, **options) -> tuple[list[dict], list[tuple[int, str]]]:
    bad: list[tuple[int, str]] = []
    reader = open_reader(path, ReadOptions(**options))
    rows = [dict(values) for _, values in reader.records(lambda line, why: bad.append((line, why)))]
    assert reader.position == pytest.approx(reader.size, abs=3)
    return rows, bad


def _file(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialects_are_found_and_quotes_go_over_lines(tmp_path, mark, end) -> None:
    lines = [f"key{mark}content", f'a{mark}"one{end}two ""three"""', f'"b, c; d"{mark}四']
    rows, bad = _read(_file(tmp_path, "x.csv", end.join(lines)))
    assert rows == [{"key": "a", "content": f'one{end}two "three"'}, {"key": "b, c; d", "content": "四"}]
    assert not bad


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_a_first_line_may_say_what_separates_the_cells(tmp_path, line) -> None:
    path = _file(tmp_path, "a.csv", f"{line}\nkey;text\na;one, two, three\nb;x;y\nc;four, five, six\n")
    rows, rejected = _read(path)
    assert rows == [{"key": "a", "text": "one, two, three"}, {"key": "c", "text": "four, five, six"}]
    assert [line for line, _ in rejected] == [4]
    with pytest.raises(KnownError, match="is empty"):
        _read(_file(tmp_path, "b.csv", line))
    assert _read(path, delimiter=",")[0][0] == {"column 1": "key;text"}  # asked for otherwise


def test_a_table_without_a_header(tmp_path) -> None:
    path = _file(tmp_path, "x.csv", "Rome,We met in Rome.\nParis,We met in Paris.\n")
    assert _read(path)[0][0] == {"column 1": "Rome", "column 2": "We met in Rome."}
    assert _read(path, header=True)[0] == [{"Rome": "Paris", "We met in Rome.": "We met in Paris."}]


def test_names_of_columns_that_are_twice_or_missing_or_sql(tmp_path) -> None:
    path = _file(tmp_path, "x.csv", 'text,text,,"x""); DROP TABLE entries; --"\na,b,c,d\n')
    rows, _ = _read(path, header=True)
    assert rows == [{"text": "a", "text 2": "b", "column 3": "c", 'x"); DROP TABLE entries; --': "d"}]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ('key,text\na,"b"c\nd,e\n', 2, "after the end of a quoted cell"),
        ("key,text\na,b,c\nd,e\n", 2, "3 cells where there are 2 columns"),
    ],
)
def test_bad_rows_are_named_and_the_rest_is_read(tmp_path, content, line, words) -> None:
    rows, [(number, why)] = _read(_file(tmp_path, "x.csv", content))
    assert (rows, number) == ([{"key": "d", "text": "e"}], line)
    assert words in why


def test_a_quote_that_is_never_closed_names_where_it_begins(tmp_path) -> None:
    path = _file(tmp_path, "x.csv", 'key,text\na,b\nc,"d\n' + "e,f\n" * 1_000)
    with pytest.raises(KnownError, match=r"Line 3 of “x.csv”.*never closed"):
        _read(path)


@pytest.mark.parametrize(
    ("name", "mark"), [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")]
)
def test_encodings_by_their_mark(tmp_path, name, mark) -> None:
    content = mark + "key,text\n罗马,“We met” — 𝄞\n" * 1
    assert _read(_file(tmp_path, "x.csv", content.encode(name)))[0] == [{"key": "罗马", "text": "“We met” — 𝄞"}]


def test_gb18030_when_asked_for(tmp_path) -> None:
    content = "key,text\na,b\n" + "罗马,我们在罗马见面。\n" * 3
    path = _file(tmp_path, "x.csv", content.encode("gb18030"))
    with pytest.raises(KnownError, match=r"Line 3 of “x.csv” is not UTF-8 text; choose its encoding"):
        _read(path)
    assert _read(path, encoding="gb18030")[0][1] == {"key": "罗马", "text": "我们在罗马见面。"}
    with pytest.raises(KnownError, match="no encoding “klingon”"):
        _read(path, encoding="klingon")


def test_utf_16_without_a_mark_and_half_of_it(tmp_path) -> None:
    with pytest.raises(KnownError, match="utf-16-le or utf-16-be"):
        _read(_file(tmp_path, "x.csv", "key,text\na,b\n".encode("utf-16-le")))
    wrong = "\ufeffkey,text\na,b\n".encode("utf-16-le") + b"\x00\xd8x\x00"
    with pytest.raises(KnownError, match=r"Line 3 of “x\.csv” is not UTF-16"):
        _read(_file(tmp_path, "x.csv", wrong))


def test_lines_of_json(tmp_path) -> None:
    lines = ['{"text": "a\u2028b"}', "", "{", "[1]", b"\xff".decode("latin-1"), '{"text": "c"}']
    content = "\n".join(lines).encode("utf-8").replace("\u00ff".encode(), b"\xff")
    rows, bad = _read(_file(tmp_path, "x.jsonl", content))
    assert rows == [{"text": "a\u2028b"}, {"text": "c"}]
    assert [line for line, _ in bad] == [3, 4, 5, 5][: len(bad)]
    assert "is not JSON" in bad[0][1]
    assert "no JSON object" in bad[1][1]
    assert "is not UTF-8" in bad[2][1]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("around", [False, True])
def test_a_list_of_json(tmp_path, indent, around) -> None:
    objects = [{"text": f"text {n} " + "x" * 300, "n": n} for n in range(700)]
    whole = {"version": 3, "memories": objects} if around else objects
    path = _file(tmp_path, "x.json", json.dumps(whole, indent=indent))
    assert found_format(path) == "json" or around
    assert _read(path, format="json")[0] == objects


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"text": "a"},\n{"text": }]', "Line 2 of “x.json” is not JSON"),
        ('[{"text": "a"}\n{"text": "b"}]', "Line 2 of “x.json” has '{' where a comma"),
        ('[{"text": "a"},\n{"text": "b', "the file ends"),
        ('{"a": 1}', "no list of objects"),
    ],
)
def test_lists_that_are_broken(tmp_path, content, words) -> None:
    with pytest.raises(KnownError, match=words):
        _read(_file(tmp_path, "x.json", content), format="json")


def test_json_lines_with_the_name_of_json(tmp_path) -> None:
    path = _file(tmp_path, "x.json", '{"text": "a"}\n{"text": "b"}\n')
    assert found_format(path) == "jsonl"
    assert len(_read(path)[0]) == 2


def test_prose(tmp_path) -> None:
    content = "First\nline.\n\n\nSecond one.\n"
    path = _file(tmp_path, "x.txt", content)
    assert [row["text"] for row in _read(path)[0]] == ["First\nline.", "Second one."]
    assert _read(path, split="file")[0] == [{"key": "x", "text": content.strip(), "source": "x.txt"}]
    long = _file(tmp_path, "long.txt", "One sentence. Another one! 第三句。第四句。")
    assert [row["text"] for row in _read(long, longest=14)[0]] == ["One sentence.", "Another one!", "第三句。第四句。"]


def test_headings_are_keys(tmp_path) -> None:
    content = "before\n# Rome\nA city.\n## Food ##\nGood.\n```\n# no heading\n```\n### \n# Paris\nAlso.\n"
    rows = _read(_file(tmp_path, "x.md", content))[0]
    assert [(row["key"], row["text"]) for row in rows] == [
        ("x", "before"),
        ("Rome", "A city."),
        ("Rome · Food", "Good.\n```\n# no heading\n```"),
        ("Paris", "Also."),
    ]


def test_files_that_are_not_there_or_empty(tmp_path) -> None:
    with pytest.raises(KnownError, match="cannot be read"):
        _read(tmp_path / "none.csv")
    for name in ("x.csv", "x.unknown"):
        with pytest.raises(KnownError, match="is empty"):
            _read(_file(tmp_path, name, ""))


def test_parquet_that_is_none(tmp_path) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(KnownError, match="is no Parquet file"):
        _read(_file(tmp_path, "x.parquet", "not at all"))


def test_a_missing_library_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(KnownError, match="pip install pyarrow"):
        _read(_file(tmp_path, "x.parquet", "PAR1"))


@pytest.mark.parametrize(
    ("begin", "words"), [(b"SQLite format 3\0", "open it as a memory"), (b"PK\x03\x04\x14", "save the spreadsheet")]
)
def test_files_of_another_kind(tmp_path, begin, words) -> None:
    with pytest.raises(KnownError, match=words):
        _read(_file(tmp_path, "x.xlsx", begin))


def test_a_list_on_one_long_line_is_read_in_parts(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("memviz.exchange.text_file.LONGEST_LINE", 1 << 17)
    objects = [{"text": "罗马 " * 50, "n": n} for n in range(1_000)]
    path = _file(tmp_path, "x.json", json.dumps(objects, ensure_ascii=False))
    assert _read(path)[0] == objects
    broken = path.read_bytes()[:-40] + b"\xff" + b"\n" * 50
    with pytest.raises(KnownError, match=r"Line 1 of “x\.json” is not UTF-8"):
        _read(_file(tmp_path, "x.json", broken))
