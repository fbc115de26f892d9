"""Dates in words, resolved against the day on which they were said: English and Chinese."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_HAN_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_HAN_DAYS = "一二三四五六日"
_MONTH = "(?:" + "|".join(f"{month}|{month[:3]}" for month in _MONTHS) + r")\.?"
_DAY = "(?:" + "|".join(_DAYS) + ")"
_COUNT = r"(?:\d{1,3}|an?|" + "|".join(_NUMBERS[1:]) + ")"
_HAN_COUNT = "(?:\\d{1,3}|[一二两三四五六七八九十]{1,3}|几|半)"

Resolve = Callable[[re.Match[str], datetime.date], "str | None"]


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text: ``value`` is ``2023-05-02``, ``2023-05``, ``2023`` or ``week of 2023-05-01``."""

    value: str
    start: int
    end: int


def find_date(text: str, said: datetime.date) -> FoundDate | None:
    """The first date that the text names; None where it names none, or one that no calendar has."""
    found = []
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text):
            value = resolve(match, said)
            if value is not None:
                found.append(FoundDate(value, match.start(), match.end()))
    return min(found, key=lambda date: (date.start, -date.end), default=None)


def _days_on(said: datetime.date, days: int) -> str | None:
    """The day so many days later; None for one that no calendar has."""
    try:
        return (said + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        return None


def _shifted(said: datetime.date, *, days: int = 0, months: int = 0, years: int = 0) -> str | None:
    """A day, or the month or year where only these are shifted."""
    try:
        if days:
            return _days_on(said, days)
        if months:
            month = said.year * 12 + said.month - 1 + months
            return datetime.date(month // 12, month % 12 + 1, 1).strftime("%Y-%m")
        return str(datetime.date(said.year + years, 1, 1).year)
    except (OverflowError, ValueError):
        return None


def _week(said: datetime.date, weeks: int) -> str | None:
    monday = _days_on(said, 7 * weeks - said.weekday())
    return None if monday is None else f"week of {monday}"


def _day_of(year: int | None, month: int, day: int, said: datetime.date) -> str | None:
    """A day with its year; without one the nearest such day."""
    near = []
    for each in (year,) if year is not None else (said.year - 1, said.year, said.year + 1):
        with suppress(ValueError):
            near.append(datetime.date(each, month, day))
    return min(near, key=lambda date: abs((date - said).days)).isoformat() if near else None


def _weekday(said: datetime.date, day: int, which: str) -> str | None:
    """``next`` and ``last`` count weeks from Monday; a bare day is the next one that comes."""
    ahead = day - said.weekday()
    shift = {"next": ahead + 7, "last": ahead - 7, "this": ahead}.get(which, ahead % 7 or 7)
    return _days_on(said, shift)


def _weekend(said: datetime.date, weeks: int) -> str | None:
    return _days_on(said, 5 - said.weekday() + 7 * weeks)


def _english_count(words: str) -> int:
    words = words.lower()
    return int(words) if words.isdigit() else 1 if words in ("a", "an") else _NUMBERS.index(words)


def _han_count(words: str) -> int | None:
    if words.isdigit():
        return int(words)
    if words in _HAN_NUMBERS:
        return _HAN_NUMBERS[words]
    tens, ten, ones = words.partition("十")
    if not ten:
        return None  # “几天” is nobody knows how many
    return 10 * (_HAN_NUMBERS.get(tens, 1)) + (_HAN_NUMBERS.get(ones, 0) if ones else 0)


def _span(said: datetime.date, count: int, unit: str) -> str | None:
    """So many days, weeks, months or years on (or back)."""
    match unit:
        case "day":
            return _shifted(said, days=count)
        case "week":
            return _shifted(said, days=7 * count)
        case "month":
            return _shifted(said, months=count)
        case _:
            return _shifted(said, years=count)


def _english_month(words: str) -> int:
    return next(at for at, month in enumerate(_MONTHS, 1) if month.startswith(words.lower().rstrip(".")[:3]))


def _year(words: str | None) -> int | None:
    return int(words) if words else None


_WHICH = {"next": 1, "last": -1, "this": 0, "下": 1, "上": -1, "这": 0, "本": 0}
_HAN_UNITS = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}
_PLAIN_DAYS = {
    "the day after tomorrow": 2,
    "the day before yesterday": -2,
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "yesterday": -1,
    "last night": -1,
    "tomorrow": 1,
}
_HAN_PLAIN_DAYS = {
    "大后天": 3,
    "大前天": -3,
    "今天": 0,
    "今晚": 0,
    "今早": 0,
    "昨天": -1,
    "昨晚": -1,
    "明天": 1,
    "明早": 1,
    "明晚": 1,
    "后天": 2,
    "前天": -2,
}


def _plain(days: int) -> Resolve:
    return lambda _, said: _days_on(said, days)


def _english(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


def _relative(match: re.Match[str], said: datetime.date) -> str | None:
    which = _WHICH[match[1].lower()]
    match match[2].lower():
        case "week":
            return _week(said, which)
        case "weekend":
            return _weekend(said, which)
        case "month":
            return _shifted(said, months=which) if which else said.strftime("%Y-%m")
        case _:
            return _shifted(said, years=which)


def _han_relative(match: re.Match[str], said: datetime.date) -> str | None:
    which = _WHICH[match[1]]
    unit = match[2]
    if unit == "月":
        return _shifted(said, months=which) if which else said.strftime("%Y-%m")
    return _week(said, which)


def _han_span(match: re.Match[str], said: datetime.date) -> str | None:
    count = _han_count(match[1])
    if count is None:
        return None
    return _span(said, -count if match[3] in ("前", "以前", "之前") else count, _HAN_UNITS[match[2]])


#: Pattern -> the date it names, given the day on which it was said.
_RULES: tuple[tuple[re.Pattern[str], Resolve], ...] = tuple(
    chain(
        ((_english(words), _plain(days)) for words, days in _PLAIN_DAYS.items()),
        ((re.compile(words), _plain(days)) for words, days in _HAN_PLAIN_DAYS.items()),
        (
            (
                re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b"),
                lambda m, said: _day_of(int(m[1]), int(m[2]), int(m[3]), said),
            ),
            (
                _english(rf"(?:on )?(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH}),?(?: (\d{{4}}))?"),
                lambda m, said: _day_of(_year(m[3]), _english_month(m[2]), int(m[1]), said),
            ),
            (
                _english(rf"(?:on )?({_MONTH}) (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?"),
                lambda m, said: _day_of(_year(m[3]), _english_month(m[1]), int(m[2]), said),
            ),
            (
                _english(rf"(?:on )?(?:(next|last|this) )?({_DAY})(?: (?:morning|afternoon|evening|night))?"),
                lambda m, said: _weekday(said, _DAYS.index(m[2].lower()), (m[1] or "").lower()),
            ),
            (_english("(next|last|this) (week|weekend|month|year)"), _relative),
            (
                _english(rf"in ({_COUNT}) (day|week|month|year)s?"),
                lambda m, said: _span(said, _english_count(m[1]), m[2].lower()),
            ),
            (
                _english(rf"({_COUNT}) (day|week|month|year)s? ago"),
                lambda m, said: _span(said, -_english_count(m[1]), m[2].lower()),
            ),
            (
                re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]"),
                lambda m, said: _day_of(_year(m[1]), int(m[2]), int(m[3]), said),
            ),
            (
                re.compile("(下|上|这|本)(?:个)?(?:周|星期|礼拜)([一二三四五六日天])"),
                lambda m, said: _weekday(
                    said, _HAN_DAYS.index(m[2].replace("天", "日")), {"下": "next", "上": "last"}.get(m[1], "this")
                ),
            ),
            (
                re.compile("(?<![下上这本个])(?:周|星期|礼拜)([一二三四五六日])"),
                lambda m, said: _weekday(said, _HAN_DAYS.index(m[1]), ""),
            ),
            (re.compile("(下|上|这|本)(?:个)?周末"), lambda m, said: _weekend(said, _WHICH[m[1]])),
            (re.compile("(下|上|这|本)(?:个)?(周|星期|礼拜|月)(?![一二三四五六日天末])"), _han_relative),
            (re.compile("明年"), lambda _, said: _shifted(said, years=1)),
            (re.compile("去年"), lambda _, said: _shifted(said, years=-1)),
            (re.compile("今年"), lambda _, said: str(said.year)),
            (re.compile(f"({_HAN_COUNT})个?(天|日|周|星期|礼拜|月|年)(以?后|之后|以?前|之前)"), _han_span),
        ),
    )
)
