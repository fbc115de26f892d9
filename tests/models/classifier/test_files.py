"""Labelled texts are read from CSV, TSV and JSONL; what is wrong is named by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.models.classifier.files import read_examples


@pytest.fixture
def written(tmp_path: Path):
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path: Path, *columns: str) -> list[tuple[str, str, int]]:
    return [(each.text, each.label, each.line) for each in read_examples(path, *columns)]


def test_csv_with_quotes_commas_and_lines_inside(written) -> None:
    path = written("a.csv", 'id,text,label\r\n1,"well, ""so""\nsaid",x\r\n\r\n2, plain ,y\r\n')
    assert read(path) == [('well, "so"\nsaid', "x", 2), ("plain", "y", 5)]


def test_a_spreadsheet_may_write_semicolons_a_mark_of_utf_8_and_capitals(written) -> None:
    path = written("a.csv", b"\xef\xbb\xbfText;Label\na, b;x\n")
    assert read(path) == [("a, b", "x", 2)]


def test_tsv_has_no_quotation(written) -> None:
    path = written("a.tsv", 'label\ttext\nx\t"odd" one\ny\ttwo, "three\n')
    assert read(path) == [('"odd" one', "x", 2), ('two, "three', "y", 3)]


def test_json_lines_may_have_numbers_as_labels(written) -> None:
    path = written("a.jsonl", '{"text": "好", "label": 1}\n\n{"label": true, "text": "b"}\n')
    assert read(path) == [("好", "1", 1), ("b", "true", 3)]


def test_columns_are_chosen_by_name(written) -> None:
    for path in (
        written("a.csv", "question,type\nwho,x\n"),
        written("a.jsonl", '{"question": "who", "type": "x"}'),
    ):
        assert [row[:2] for row in read(path, "question", "type")] == [("who", "x")]
        with pytest.raises(KnownError, match=r"no column “text” but “question”, “type”; say with --text"):
            read(path)
        with pytest.raises(KnownError, match=r"no column “kind”.*--label"):
            read(path, "question", "kind")
        with pytest.raises(KnownError, match="text and label at once"):
            read(path, "type", "type")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "holds no examples"),
        ("a.csv", "text,label\n", "holds no examples"),
        ("a.jsonl", "\n", "holds no examples"),
        ("a.csv", 'text,label\na,x\n"b,y\nc,x\n', "begins on line 3.*quotation marks"),
        ("a.csv", 'text,label\na,x\n"b" c,y\n', "begins on line 3.*quotation marks"),
        ("a.csv", "text,label\na,x\none, two,y\n", "Line 3 of .* has 3 fields.*quotation marks"),
        ("a.csv", "text,label\na\n", "Line 2 of .* has one field"),
        ("a.tsv", "text\tlabel\na\tx\tmore\n", "Line 2 of .* has 3 fields.*no tab"),
        ("a.csv", b"text,label\na,x\nb\xff,y\n", "Line 3 of .* is not UTF-8"),
        ("a.csv", "text,label\na,x\n , y\n", "Line 3 of .* has an empty text"),
        ("a.csv", "text,label\na,\n", "Line 2 of .* has an empty label"),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "a"\n', "Line 2 of .* is no JSON object"),
        ("a.jsonl", '["a", "x"]\n', "Line 1 of .* is no JSON object"),
        ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "a"}\n', "Line 2: .* no column “label”"),
        ("a.jsonl", '{"text": 3, "label": "x"}\n', "Line 1 of .* no string"),
        ("a.jsonl", '{"text": "a", "label": ["x"]}\n', "Line 1 of .* neither text nor number"),
        ("a.jsonl", '{"text": "a", "label": null}\n', "Line 1 of .* neither text nor number"),
        ("a.jsonl", '{"text": "\\ud800", "label": "x"}\n', "Line 1 of .* half of a character"),
        ("a.xlsx", "PK", "must end in .csv, .tsv or .jsonl"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_line(name, content, words, written) -> None:
    with pytest.raises(KnownError, match=words) as caught:
        read_examples(written(name, content))
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(KnownError, match=r"cannot be read|must end in"):
            read_examples(path)
