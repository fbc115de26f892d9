"""What was copied somewhere, as new entries."""

from __future__ import annotations

import json

import pytest

from memviz.core.errors import KnownError
from memviz.session.bulk.pasting import paste, pasted
from memviz.session.session import Session


def fields(text: str):
    return [dict(insert.fields) for insert in pasted(text).inserts]


def test_plain_lines_are_texts():
    found = pasted("first\n\n  \n第二行\n")
    assert found.form == "lines"
    assert [insert.fields["text"] for insert in found.inserts] == ["first", "第二行"]
    assert fields("[not json]") == [{"key": "", "text": "[not json]"}]


def test_json_objects_lists_and_lines():
    one = {"key": "k", "text": "t", "tags": ["a"], "id": 9, "created": 5.0, "metadata": {"page": 1}, "colour": "red"}
    for text in (json.dumps(one), json.dumps([one]), json.dumps(one) + "\n"):
        found = pasted(text)
        assert found.left_out == ("colour",)
        assert dict(found.inserts[0].fields["metadata"]) == {"page": 1}
        assert found.inserts[0].fields["tags"] == ("a",)
        assert "created" not in found.inserts[0].fields
    assert len(pasted(f"{json.dumps(one)}\n{json.dumps(one)}").inserts) == 2


def test_tables_with_and_without_names():
    assert fields('key\ttext\tconfidence\tenabled\ttags\na\t"b\tc\nd"\t0,5\tfalse\tx, y\n') == [
        {"key": "a", "text": "b\tc\nd", "confidence": 0.5, "enabled": False, "tags": ("x", "y")}
    ]
    assert fields("a\tb\nc\td") == [{"key": "a", "text": "b"}, {"key": "c", "text": "d"}]
    assert pasted("rank\tkey\tcolour\n1\ta\tred").left_out == ("colour",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n", "holds no text"),
        ("a\tb\tc", "3 columns; give them a first line"),
        ("key\ttext\na\tb\tc", "Row 1 has 3 columns"),
        ("key\tconfidence\na\tmuch", "confidence “much” of row 1"),
        ("key\tconfidence\na\t7", "Row 1 cannot be an entry: The confidence"),
        ("key\tenabled\na\tmaybe", "enabled “maybe” of row 1"),
        ("key\ttext\n", "no row"),
        ('[{"key": "a"}, {"key": " "}]', "Row 2 cannot be an entry"),
        ("[1, 2]", "no list of objects"),
    ],
)
def test_what_cannot_be_entries_is_said(text: str, words: str):
    with pytest.raises(KnownError, match=words):
        pasted(text)


def test_pasting_is_one_change(session: Session):
    change = paste(session, pasted("x\ny").inserts, "test").future.result()
    assert len(change.inserted) == 2
    session.undo()
    assert len(session.entries()) == 4
