"""Dates in words, resolved against Tuesday, 14 May 2024."""

from __future__ import annotations

import datetime

import pytest

from memviz.dialogue.dates import find_date

TUESDAY = datetime.date(2024, 5, 14)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("today", "2024-05-14"),
        ("Tomorrow I go", "2024-05-15"),
        ("the day after tomorrow", "2024-05-16"),
        ("last night", "2024-05-13"),
        ("the day before yesterday", "2024-05-12"),
        ("on Friday", "2024-05-17"),
        ("on Tuesday", "2024-05-21"),
        ("next Monday", "2024-05-20"),
        ("last Sunday", "2024-05-12"),
        ("this Sunday", "2024-05-19"),
        ("next week", "week of 2024-05-20"),
        ("this weekend", "2024-05-18"),
        ("last weekend", "2024-05-11"),
        ("next month", "2024-06"),
        ("last month", "2024-04"),
        ("next year", "2025"),
        ("in three days", "2024-05-17"),
        ("in 2 weeks", "2024-05-28"),
        ("a week ago", "2024-05-07"),
        ("on June 3rd", "2024-06-03"),
        ("3 June 2025", "2025-06-03"),
        ("on 2024-12-31", "2024-12-31"),
        ("December 30", "2023-12-30"),
        ("明天", "2024-05-15"),
        ("大后天", "2024-05-17"),
        ("昨晚", "2024-05-13"),
        ("前天", "2024-05-12"),
        ("下周五", "2024-05-24"),
        ("上周日", "2024-05-12"),
        ("这周六", "2024-05-18"),
        ("周五", "2024-05-17"),
        ("下个月", "2024-06"),
        ("上周末", "2024-05-11"),
        ("明年", "2025"),
        ("三天后", "2024-05-17"),
        ("两周前", "2024-04-30"),
        ("十二天以后", "2024-05-26"),
        ("6月3日", "2024-06-03"),
        ("2025年6月3号", "2025-06-03"),
    ],
)
def test_resolved(text, value):
    found = find_date(text, TUESDAY)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    "text", ["", "some day", "February 31", "2024-13-40", "几天后", "I may go", "the march", "下次"]
)
def test_no_date(text):
    assert find_date(text, TUESDAY) is None


@pytest.mark.parametrize("day", [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)])
def test_no_calendar_ends_in_an_error(day):
    for text in ("in 5 years", "5 years ago", "next month", "last month", "in 900 days", "February 29", "3 June"):
        found = find_date(text, day)
        assert found is None or text[found.start : found.end]


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "next Friday", "on Monday", "next weekend", "next week", "明天", "大后天", "下周一", "下周末", "周一"],
)
def test_after_the_last_day_there_is_none(text):
    assert find_date(text, datetime.date(9999, 12, 31)) is None


@pytest.mark.parametrize("text", ["yesterday", "last Friday", "last weekend", "last week", "昨天", "上周一"])
def test_before_the_first_day_there_is_none(text):
    assert find_date(text, datetime.date(1, 1, 1)) is None


def test_the_place_of_the_date():
    found = find_date("I go to Rome next week by train", TUESDAY)
    assert found is not None
    assert "I go to Rome next week by train"[found.start : found.end] == "next week"
