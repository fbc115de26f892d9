"""What is typed to find entries: words, and conditions such as ``owner:ann confidence>=0.5 -tag:work``.

A condition is a field, a sign and a value without a space between them: ``:`` (is), ``~`` (contains), ``>``, ``>=``,
``<``, ``<=``; a minus before it means that it must not be so; a value with spaces stands in quotes. Anything else is a
word to search for, whatever signs it holds.
"""

from __future__ import annotations

import difflib
import math
import re
import time
from dataclasses import dataclass
from typing import Any

from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.filters import (
    FILTER_FIELDS,
    OPTIONAL_FIELDS,
    TEXT_FIELDS,
    TRUTH_FIELDS,
    Comparison,
    Condition,
    Filter,
)
from memviz.core.text import halves
from memviz.session.filter_times import TIME_EXAMPLES, time_span

#: As they may be typed -> as the filter calls them.
_NAMES = {
    **{field: field for field in FILTER_FIELDS},
    "tag": "tags",
    "used": "used_count",
    "last-used": "last_used",
    "lastused": "last_used",
    "expiry": "expires",
    "superseded": "superseded_by",
    "on": "enabled",
}
TIME_FIELDS = ("created", "updated", "last_used", "expires")
_YES, _NO = ("yes", "true", "1", "是"), ("no", "false", "0", "否")
_NONE = ("", "never", "none", "missing")
_KINDS = {"turn": Kind.DIALOGUE_TURN, "dialogue": Kind.DIALOGUE_TURN}
_QUOTES = {'"': '"', "“": "”", "”": "”", "「": "」"}
_HEAD = re.compile(r"(-?)([A-Za-z][A-Za-z_-]*)(>=|<=|[:：=~<>])")
_ALIKE = 0.75


class FilterError(KnownError):
    """What was typed cannot be understood.

    Attributes:
        start, end: where, in characters.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Part:
    """The conditions that one piece of the text means: characters ``start`` … ``end`` (not included)."""

    start: int
    end: int
    conditions: Filter


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, understood.

    Attributes:
        words: what is searched for in keys and texts.
        where: the conditions, which must all hold.
        parts: where each of them stands in the text.
    """

    words: str
    where: Filter
    parts: tuple[Part, ...] = ()


def understood(text: str, now: float | None = None) -> Asked:
    """Words and conditions of what was typed. ``now``: what ``7d ago`` counts from.

    Raises:
        FilterError: a value that its field cannot be compared with, a field with a slip of the pen, or half of a
            character, as bytes that are no UTF-8 become one on a command line.
    """
    if halves(text):
        raise FilterError("The search holds half of a character (a lone surrogate); remove it.", 0, len(text))
    now = time.time() if now is None else now
    words, parts, place = [], [], 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        head = _HEAD.match(text, place)
        name = _name_of(head, text) if head is not None else None
        if head is None or name is None:
            end = _end_of_word(text, place)
            words.append(text[place:end])
        else:
            value, quoted, end = _value_at(text, head.end())
            parts.append(_part(text, place, end, head, name, value, quoted, now))
        place = end
    return Asked(" ".join(words), tuple(condition for part in parts for condition in part.conditions), tuple(parts))


def written(field: str, sign: str, value: str, *, negated: bool = False) -> str:
    """A condition as it is typed: ``-kind:"dialogue turn"``."""
    name = {"tags": "tag", "used_count": "used", "superseded_by": "superseded"}.get(field, field)
    plain = value and not any(character.isspace() or character in _QUOTES for character in value)
    return f"{'-' if negated else ''}{name}{sign}" + (value if plain else '"' + value.replace('"', "”") + '"')


def _end_of_word(text: str, place: int) -> int:
    while place < len(text) and not text[place].isspace():
        place += 1
    return place


def _name_of(head: re.Match[str], text: str) -> str | None:
    """The field that is meant; None where it is none, so that it is a word.

    Raises:
        FilterError: it is nearly the name of a field.
    """
    typed = head[2].lower()
    if typed in _NAMES:
        return _NAMES[typed]
    alike = difflib.get_close_matches(typed, _NAMES, 1, _ALIKE)
    end = _end_of_word(text, head.start())
    if alike and len(typed) > 2 and not text.startswith("//", head.end()):
        raise FilterError(
            f"“{head[2]}” is no field; did you mean “{alike[0]}”? For the word itself leave out the “{head[3]}”.",
            head.start(),
            end,
        )
    return None


def _value_at(text: str, place: int) -> tuple[str, bool, int]:
    """The value that begins there, whether it stood in quotes, and where it ends; an open quote ends with the text."""
    if place < len(text) and text[place] in _QUOTES:
        closing = _QUOTES[text[place]]
        end = text.find(closing, place + 1)
        return (text[place + 1 :], True, len(text)) if end < 0 else (text[place + 1 : end], True, end + 1)
    end = _end_of_word(text, place)
    ago = re.compile(r"\s+ago(?!\S)").match(text, end)
    if ago is not None and text[place:end][:1].isdigit():
        end = ago.end()
    return text[place:end], False, end


def _part(
    text: str, start: int, end: int, head: re.Match[str], field: str, value: str, quoted: bool, now: float
) -> Part:
    said = text[start:end]
    sign, negated = head[3].replace("：", ":").replace("=", ":") if head[3] in "：=" else head[3], bool(head[1])
    if not value and not quoted:
        raise FilterError(f"After “{said}” a value is missing, for example {_example(field)}.", start, end)
    try:
        return Part(start, end, _conditions(field, sign, value, negated, now))
    except KnownError as error:
        raise FilterError(f"At “{said}”: {error}", start, end) from None


def _conditions(field: str, sign: str, value: str, negated: bool, now: float) -> Filter:
    if field in TRUTH_FIELDS:
        _only(field, sign, ":")
        return (Condition(field, Comparison.IS, _truth(field, value), negated),)
    if field == "superseded_by" and value.lower() in (*_YES[:2], *_NO[:2]):
        return (Condition(field, Comparison.MISSING, negated=(value.lower() in _YES) != negated),)
    if (field in OPTIONAL_FIELDS and value.lower() in _NONE) or (field == "tags" and not value):
        _only(field, sign, ":")
        return (Condition(field, Comparison.MISSING, negated=negated),)
    if field in (*TEXT_FIELDS, "tags"):
        return (_text_condition(field, sign, value, negated),)
    if field in TIME_FIELDS:
        return _between(field, sign, time_span(value, now, ahead=field == "expires"), negated)
    return _between(field, sign, _number_span(field, value), negated)


def _text_condition(field: str, sign: str, value: str, negated: bool) -> Condition:
    if field == "tags":
        _only(field, sign, ":")
    elif sign == "~" or field == "text":  # a text is hardly ever given whole
        return Condition(field, Comparison.CONTAINS, value, negated)
    else:
        _only(field, sign, ":", "~")
    if field == "kind":
        return Condition(field, Comparison.IS, _KINDS.get(value.lower(), value.lower()), negated)
    return Condition(field, Comparison.IS, value, negated)


def _between(field: str, sign: str, span: tuple[float, float], negated: bool) -> Filter:
    """``span``: the first number that is meant and the last; a day has many moments, a number is one."""
    first, last = span
    match sign:
        case ">=":
            return (Condition(field, Comparison.AT_LEAST, first, negated),)
        case "<=":
            return (Condition(field, Comparison.AT_MOST, last, negated),)
        case ">":
            return (Condition(field, Comparison.AT_LEAST, math.nextafter(last, math.inf), negated),)
        case "<":
            return (Condition(field, Comparison.AT_MOST, math.nextafter(first, -math.inf), negated),)
    _only(field, sign, ":")
    if first == last:
        return (Condition(field, Comparison.IS, first, negated),)
    if negated:
        raise KnownError(f"it must be before or after; write “{field}<…” or “{field}>…” without the minus.")
    return Condition(field, Comparison.AT_LEAST, first), Condition(field, Comparison.AT_MOST, last)


def _only(field: str, sign: str, *allowed: str) -> None:
    if sign not in allowed:
        raise KnownError(f"this field takes {' and '.join(f'“{one}”' for one in allowed)}, as in {_example(field)}.")


def _truth(field: str, value: str) -> bool:
    if value.lower() in _YES:
        return True
    if value.lower() in _NO:
        return False
    raise KnownError(f"write {field}:yes or {field}:no.")


def _number_span(field: str, value: str) -> tuple[float, float]:
    try:
        number = float(value.replace(",", ".")) if field == "confidence" else float(int(value))
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise KnownError(f"“{value}” is no number; write for example {_example(field)}.")
    exact: Any = number if field == "confidence" else int(number)
    return exact, exact


_EXAMPLES = {
    "tags": "tag:work",
    "kind": 'kind:profile or kind:"dialogue turn"',
    "owner": "owner:ann",
    "source": 'source:"notes/3.md"',
    "key": "key~home",
    "text": 'text~"exact phrase"',
    "confidence": "confidence>=0.5",
    "used_count": "used:0",
    "id": "id>=100",
    "superseded_by": "superseded:yes",
    "expires": "expires<30d",
}


def _example(field: str) -> str:
    if field in TRUTH_FIELDS:
        return f"{field}:yes"
    return _EXAMPLES.get(field) or f"{field}>={TIME_EXAMPLES[0]}"
