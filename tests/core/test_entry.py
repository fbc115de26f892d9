"""What an entry's fields may hold."""

from __future__ import annotations

import math
from typing import Any

import pytest

from memviz.core.entry import ENTRY_FIELDS, Entry, Kind, checked_fields
from memviz.core.errors import KnownError


@pytest.mark.parametrize(
    ("key", "subject"),
    [("Blade Runner · director", "Blade Runner"), ("A · b · c", "A"), ("no separator", "no separator"), ("", "")],
)
def test_subject(key: str, subject: str) -> None:
    assert Entry(1, key, "").subject == subject


def test_values_come_in_the_types_of_entry() -> None:
    checked = checked_fields(
        {
            "kind": "profile",
            "tags": ["b", " a ", "", "b"],
            "confidence": 1,
            "expires": 5,
            "metadata": {"list": (1, (2.5, None)), "深": {"ü": True}},
        }
    )
    assert checked["kind"] is Kind.PROFILE
    assert checked["tags"] == ("b", "a")
    assert isinstance(checked["confidence"], float)
    assert isinstance(checked["expires"], float)
    assert checked["metadata"] == {"list": [1, [2.5, None]], "深": {"ü": True}}


def test_metadata_is_a_copy() -> None:
    inner = {"list": [1]}
    checked = checked_fields({"metadata": inner})["metadata"]
    inner["list"].append(2)
    assert checked == {"list": [1]}
    with pytest.raises(TypeError):
        checked["new"] = 1


def test_every_field_stays_as_it_is_where_nothing_is_to_check() -> None:
    odd = "\0 <b> שלום 🎬 银翼"
    assert checked_fields({"text": odd, "key": odd, "owner": odd, "source": odd}) == dict.fromkeys(
        ("text", "key", "owner", "source"), odd
    )
    assert checked_fields({"expires": None, "private": True, "enabled": False}) == {
        "expires": None,
        "private": True,
        "enabled": False,
    }


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("id", 3, "“id” is not a field that can be edited; use one of"),
        ("created", 0.0, "“created” is not a field"),
        ("text", 3, "must be text, not int"),
        ("text", "half \ud83c", "lone surrogate"),
        ("kind", "rumour", "one of fact, dialogue turn, profile"),
        ("tags", "word", "list of words"),
        ("tags", [1], "list of words"),
        ("tags", 7, "list of words"),
        ("tags", ["\udfff"], "lone surrogate"),
        ("confidence", 1.01, "from 0 to 1"),
        ("confidence", math.nan, "from 0 to 1"),
        ("confidence", True, "from 0 to 1"),
        ("confidence", "0.5", "from 0 to 1"),
        ("expires", "tomorrow", "seconds since 1970"),
        ("expires", math.inf, "seconds since 1970"),
        ("expires", math.nan, "seconds since 1970"),
        ("expires", 10**400, "seconds since 1970"),
        ("private", 1, "true or false"),
        ("enabled", None, "true or false"),
        ("metadata", [1], "JSON object"),
        ("metadata", {1: "x"}, "JSON object"),
        ("metadata", {"x": math.nan}, "cannot hold nan"),
        ("metadata", {"x": object}, "cannot hold"),
        ("metadata", {"x": "\ud800"}, "lone surrogate"),
        ("metadata", _nested(200), "nested deeper"),
    ],
)
def test_what_a_field_cannot_hold(field: str, value: Any, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        checked_fields({field: value})


def test_fields_are_known_by_name() -> None:
    assert ENTRY_FIELDS[0] == "id"
    assert len(ENTRY_FIELDS) == 17
