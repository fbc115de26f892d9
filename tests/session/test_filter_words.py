from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.entry import Entry, Kind
from memviz.core.errors import KnownError
from memviz.core.filters import Comparison, Condition
from memviz.session.filter_times import time_span
from memviz.session.filter_words import FilterError, understood, written

NOW = datetime(2025, 6, 15, 12).timestamp()
DAY = 86_400.0
IS, CONTAINS, LEAST, MOST, MISSING = Comparison


def where(text: str) -> list[Condition]:
    return list(understood(text, NOW).where)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("owner:ann", [Condition("owner", IS, "ann")]),
        ("Owner：李雷", [Condition("owner", IS, "李雷")]),
        ("kind:profile", [Condition("kind", IS, "profile")]),
        ('-kind:"dialogue turn"', [Condition("kind", IS, Kind.DIALOGUE_TURN, negated=True)]),
        ("kind:turn", [Condition("kind", IS, Kind.DIALOGUE_TURN)]),
        ("tag:work", [Condition("tags", IS, "work")]),
        ('tag:""', [Condition("tags", MISSING)]),
        ("confidence>=0.5", [Condition("confidence", LEAST, 0.5)]),
        ("confidence<0.5", [Condition("confidence", MOST, math.nextafter(0.5, -1))]),
        ("used:0", [Condition("used_count", IS, 0)]),
        ("-used>3", [Condition("used_count", LEAST, math.nextafter(3, 9), negated=True)]),
        ("expires<30d", [Condition("expires", MOST, math.nextafter(NOW + 30 * DAY, 0))]),
        ("expires:never", [Condition("expires", MISSING)]),
        ("last_used>=7d", [Condition("last_used", LEAST, NOW - 7 * DAY)]),
        ('last-used>="7d ago"', [Condition("last_used", LEAST, NOW - 7 * DAY)]),
        ("last_used>=7d ago", [Condition("last_used", LEAST, NOW - 7 * DAY)]),
        ("expired:yes", [Condition("expired", IS, True)]),
        ("private:no", [Condition("private", IS, False)]),
        ("embedded=no", [Condition("embedded", IS, False)]),
        ("superseded:yes", [Condition("superseded_by", MISSING, negated=True)]),
        ("-superseded:yes", [Condition("superseded_by", MISSING)]),
        ("superseded_by:7", [Condition("superseded_by", IS, 7)]),
        ('source:"notes/3.md"', [Condition("source", IS, "notes/3.md")]),
        ('text~"exact phrase"', [Condition("text", CONTAINS, "exact phrase")]),
        ("text~“exact phrase”", [Condition("text", CONTAINS, "exact phrase")]),
        ('owner:""', [Condition("owner", IS, "")]),
    ],
)
def test_conditions(text: str, expected: list[Condition]) -> None:
    assert where(text) == expected
    asked = understood(f"before {text} after", NOW)
    assert (asked.words, list(asked.where)) == ("before after", expected)
    assert f"before {text} after"[asked.parts[0].start : asked.parts[0].end] == text


def test_a_day_a_month_and_a_year_are_spans() -> None:
    may = datetime(2025, 5, 1).timestamp()
    june = datetime(2025, 6, 1).timestamp()
    assert where("created:2025-05") == [Condition("created", LEAST, may), Condition("created", MOST, _before(june))]
    assert where("created>2025-05") == [Condition("created", LEAST, math.nextafter(_before(june), math.inf))]
    assert where("created<2025-05") == [Condition("created", MOST, _before(may))]
    assert where("created<=2025-05-31") == [Condition("created", MOST, _before(june))]
    assert time_span("2024", NOW)[1] == _before(datetime(2025, 1, 1).timestamp())
    assert time_span("2024-12", NOW)[1] == _before(datetime(2025, 1, 1).timestamp())
    assert time_span("yesterday", NOW)[0] == datetime(2025, 6, 14).timestamp()
    assert time_span("2025-06-14 10:30", NOW) == (datetime(2025, 6, 14, 10, 30).timestamp(),) * 2
    assert time_span("in 2h", NOW) == (NOW + 7_200,) * 2


def _before(moment: float) -> float:
    return math.nextafter(moment, -math.inf)


@pytest.mark.parametrize(
    "text",
    [
        "the film", '"', '"open quote', "*", "NEAR(a b)", "a*", "12:30", "http://a.b/c", "https://owner:x@y", "C:\\x",
        "Runner:two", "-minus", "a-b", ">=", ":", "银翼：杀手", "x<y", "key", "(owner:",
        "'; DROP TABLE entries; --", "🎬",
    ],
)  # fmt: skip
def test_anything_else_is_words(text: str) -> None:
    asked = understood(text, NOW)
    assert (asked.words, asked.where) == (text, ())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x owner:", "After “owner:” a value is missing, for example owner:ann."),
        ("confidence>=much", "At “confidence>=much”: “much” is no number; write for example confidence>=0.5."),
        ("confidence>=nan", "no number"),
        ("owner:\udcff", "half of a character"),
        ("used:1.5", "“1.5” is no number; write for example used:0."),
        ("id:99999999999999999999999999999999999999999e999", "no number"),
        ("created>=soon", "“soon” is no time; write for example 2025-03-01, 2025-03, 7d ago, today."),
        ("created>=2025-02-30", "is no time"),
        ("created>=9999", "is no time"),
        ('created>="in 3d ago"', "is no time"),
        ("private:perhaps", "write private:yes or private:no."),
        ("private>yes", "this field takes “:”, as in private:yes."),
        ("tag~work", "this field takes “:”, as in tag:work."),
        ("owner>ann", "this field takes “:” and “~”, as in owner:ann."),
        ("kind:nonsense", "The kind must be one of fact, dialogue turn, profile"),
        ("ownr:ann", "“ownr” is no field; did you mean “owner”? For the word itself leave out the “:”."),
        ("-created:2025-05", "it must be before or after; write “created<…” or “created>…” without the minus."),
    ],
)
def test_what_cannot_be_understood_is_one_sentence_that_names_the_place(text: str, sentence: str) -> None:
    with pytest.raises(FilterError) as caught:
        understood(text, NOW)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith((".", "”."))
    assert 0 <= caught.value.start < caught.value.end <= len(text)


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    try:
        asked = understood(text, NOW)
    except KnownError:
        return
    assert all(0 <= part.start < part.end <= len(text) for part in asked.parts)


@given(
    field=st.sampled_from(["key", "owner", "source", "tags"]),
    value=st.text(st.characters(exclude_characters='"“”「」', exclude_categories=["Cs"]), max_size=20),
    negated=st.booleans(),
)
def test_what_is_written_is_understood(field: str, value: str, negated: bool) -> None:
    text = written(field, ":", value, negated=negated)
    missing = field == "tags" and not value
    expected = Condition(field, MISSING if missing else IS, None if missing else value, negated)
    assert where(text) == [expected]


def test_they_hold_of_entries() -> None:
    entry = Entry(1, "k", "text", owner="Ann", tags=("Work",), created=NOW - DAY, expires=NOW + 10, used_count=3)
    for text, holds in (
        ("owner:ann tag:work", True), ("created>=2d", True), ("created>=2h", False), ("expires<30d", True),
        ("expires<1min", True), ("expires<=now", False), ("used>3", False), ("used>=3", True), ("-used<4", False),
        ("last_used:never", True), ("last_used<2025-01-01", False), ("-last_used<2025-01-01", True),
    ):  # fmt: skip
        assert all(condition.holds(entry, now=NOW) for condition in where(text)) is holds, text
