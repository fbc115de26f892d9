"""From columns to fields: guessed names, values as others write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.errors import KnownError
from memviz.exchange.mapping import INTO_METADATA, LEFT_OUT, FieldMapping, changed_mapping, checked, guessed_mapping
from memviz.exchange.own import escaped, unescaped
from memviz.exchange.values import time_of


def test_names_of_other_tools() -> None:
    columns = ["Memory", "user_id", "createdAt", "categories", "hash", "score"]
    mapping = guessed_mapping(columns)
    assert mapping.targets == {
        "Memory": "text",
        "user_id": "owner",
        "createdAt": "created",
        "categories": "tags",
        "hash": INTO_METADATA,
        "score": INTO_METADATA,
    }
    made = mapping.fields_of(
        {"Memory": "Likes tea", "user_id": 7, "createdAt": "2024-05-14T12:30:00Z", "categories": "a; b", "hash": "x"}
    )
    assert made == {
        "text": "Likes tea",
        "owner": "7",
        "created": 1715689800.0,
        "tags": ["a", " b"],
        "metadata": {"hash": "x"},
    }


def test_the_likeliest_name_wins_and_the_longest_text_is_the_text() -> None:
    assert guessed_mapping(["content", "text"]).targets == {"content": INTO_METADATA, "text": "text"}
    sample = [{"who": "ann", "what": "She likes green tea."}]
    assert guessed_mapping(["who", "what"], sample).targets["what"] == "text"


def test_a_type_is_the_kind_only_where_its_values_are() -> None:
    for value, target in (("profile", "kind"), ("semantic", INTO_METADATA)):
        assert guessed_mapping(["text", "type"], [{"text": "a", "type": value}]).targets["type"] == target


@pytest.mark.parametrize("value", [1715689800, "1715689800", 1715689800000, "1715689800000000", 1715689800000000000])
def test_times_in_parts_of_a_second(value) -> None:
    assert FieldMapping({"t": "created", "x": "text"}).fields_of({"t": value, "x": "a"})["created"] == 1715689800.0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("confidence", "2", "from 0 to 1"),
        ("confidence", "high", "a number"),
        ("created", "tomorrow", "the time 'tomorrow'"),
        ("private", "maybe", "true or false"),
        ("kind", "rumour", "one of fact"),
        ("metadata", "{x", "not JSON"),
    ],
)
def test_values_that_cannot_be(field, value, words) -> None:
    with pytest.raises(ValueError, match=words):
        FieldMapping({"x": "text", "y": field}).fields_of({"x": "a", "y": value})


def test_a_record_without_text_and_key() -> None:
    with pytest.raises(ValueError, match="neither a text nor a key"):
        FieldMapping({"x": "text"}).fields_of({"x": "  ", "other": 1})


def test_changes_of_the_user() -> None:
    mapping = changed_mapping(guessed_mapping(["text", "remark", "n"]), {"remark": "text", "n": LEFT_OUT})
    assert mapping.targets == {"text": INTO_METADATA, "remark": "text", "n": LEFT_OUT}
    with pytest.raises(KnownError, match="no column “x”; it has “text”"):
        changed_mapping(mapping, {"x": "text"})
    with pytest.raises(KnownError, match="“id; DROP TABLE” is no field"):
        changed_mapping(mapping, {"text": "id; DROP TABLE"})


def test_columns_that_come_later_are_guessed_or_kept() -> None:
    made = guessed_mapping(["text"]).fields_of({"text": "a", "owner": "ann", "content": "b", "new": 1})
    assert made == {"text": "a", "owner": "ann", "metadata": {"content": "b", "new": 1}}


@given(st.text(st.sampled_from("'=+-@＝\t\r\nab"), max_size=6))
def test_formulas_are_escaped_and_come_back(cell: str) -> None:
    assert unescaped(escaped(cell)) == cell
    assert not escaped(cell).startswith(("=", "+", "-", "@", "＝", "\t", "\r", "\n"))


@pytest.mark.parametrize("value", [10**400, float("inf"), "1e999", -(10**30), [1], True])
@pytest.mark.parametrize("field", ["created", "confidence"])
def test_numbers_that_no_field_holds(field, value) -> None:
    mapping = FieldMapping({"x": "text", "y": field})
    with pytest.raises(
        ValueError, match=r"where a number belongs|has the time|from 0 to 1|cannot be an entry"
    ) as raised:
        checked(mapping.fields_of({"x": "a", "y": value}))
    assert len(str(raised.value)) < 200


def test_nan_is_no_value() -> None:
    nan = float("nan")
    made = FieldMapping({"x": "text", "y": "confidence", "z": "tags"}).fields_of(
        {"x": "a", "y": nan, "z": nan, "n": nan}
    )
    assert made == {"text": "a"}


@pytest.mark.parametrize(
    "written",
    [
        *("2024/5/4 9:05", "2024-5-4 9:05", "2024.05.04 09:05", "2024年5月4日 09:05", "2024-05-04T09:05"),
        *("2024-05-04 09:05:00+00:00", "2024-05-04 09:05 UTC", "Sat, 4 May 2024 09:05:00 GMT"),
    ],
)
def test_forms_of_dates(written) -> None:
    zone = UTC if written.endswith(("00:00", "UTC", "GMT")) else None
    assert time_of(written) == datetime(2024, 5, 4, 9, 5, tzinfo=zone).timestamp()


@pytest.mark.parametrize("written", ["04/05/2024", "4.5.2024", "12:30", "0000-00-00", "2024-13-01"])
def test_dates_that_say_no_day_for_certain(written) -> None:
    with pytest.raises(ValueError, match="has the time"):
        time_of(written)


@pytest.mark.parametrize("target", ["text", "metadata", INTO_METADATA])
@pytest.mark.parametrize(("value", "words"), [(b"\x00", "bytes that are no text"), ("deep", "nested too deeply")])
def test_what_no_entry_can_hold_names_its_column(target, value, words) -> None:
    if value == "deep":
        value = []
        for _ in range(5_000):
            value = [value]
    with pytest.raises(ValueError, match=rf"{words} \(column “y”\)"):
        FieldMapping({"x": "key", "y": target}).fields_of({"x": "a", "y": value})


def test_values_that_only_parquet_has() -> None:
    day = datetime(2024, 5, 14, tzinfo=UTC)
    made = FieldMapping({"x": "text", "t": "created"}).fields_of(
        {"x": Decimal("1.50"), "t": day, "n": {"when": day, "of": [Decimal(2), None]}}
    )
    assert made["text"] == "1.50"
    assert made["created"] == day.timestamp()
    assert made["metadata"] == {"n": {"when": "2024-05-14T00:00:00+00:00", "of": ["2", None]}}
    assert checked(made)["metadata"] == made["metadata"]
