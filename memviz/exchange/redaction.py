"""What a redacted export does not tell: private texts, names of owners, and what patterns find."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

PRIVATE = "[private]"
_DIGITS = re.compile(r"\D")
#: Weights and marks of Chinese ID numbers (GB 11643-1999, ISO 7064 MOD 11-2).
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MARKS = "10X98765432"
_SHORTEST_NAME = 2


def is_card_number(text: str) -> bool:
    """13 to 19 digits whose last one is right (Luhn, ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in _DIGITS.sub("", text)]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) if at % 2 else digit for at, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_chinese_id(text: str) -> bool:
    """18 digits, the last one a mark that follows from the others."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return _MARKS[total % 11] == text[17].upper()


def _always(_text: str) -> bool:
    return True


def _is_phone(text: str) -> bool:
    return 8 <= len(_DIGITS.sub("", text)) <= 15


#: What is found -> pattern, and what must be so of it; in this order, since numbers look alike.
_PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("e-mail", re.compile(r"[\w.+%-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"), _always),
    ("ID number", re.compile(r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?![\dXx])"), is_chinese_id),
    ("ID number", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), _always),  # US social security
    (
        "phone number",
        re.compile(r"(?<![\d.])(?<!\d[ -])(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"),
        _always,
    ),
    ("card number", re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]?\d)"), is_card_number),
    ("phone number", re.compile(r"(?<![\w.])(?:\+|00)\d{1,3}(?:[ ./-]?\(?\d{1,4}\)?){2,6}(?!\w)"), _is_phone),
    ("phone number", re.compile(r"(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"), _always),
    ("phone number", re.compile(r"(?<![\d.-])0\d{2,3}-\d{7,8}(?![\d-])"), _always),  # Chinese land lines
)
#: Cheap to look for: without one of these there is nothing to find.
_WORTH_A_LOOK = re.compile(r"@|\d{3}")


class Redactor:
    """Takes from entries what nobody else shall read; counts what it took.

    Args:
        owners: all of them, so that their names go from texts as well.
    """

    def __init__(self, owners: Iterable[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._names = {owner: f"person {number}" for number, owner in enumerate(sorted(set(owners) - {""}), 1)}
        known = sorted((name for name in self._names if len(name) >= _SHORTEST_NAME), key=len, reverse=True)
        self._named = re.compile("|".join(map(_whole, known)), re.IGNORECASE) if known else None
        self._folded = {name.casefold(): pseudonym for name, pseudonym in self._names.items()}

    def redacted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """An entry (as ``own.values_of`` gives it) without what is private."""
        made = dict(values)
        if owner := made["owner"]:
            made["owner"] = self._names.get(owner, "somebody")
            self.counts["owner"] += 1
        if made["private"]:
            self.counts["private text"] += 1
            return {**made, "key": PRIVATE, "text": PRIVATE, "source": "", "tags": [], "metadata": {}}
        for name in ("key", "text", "source", "tags", "metadata"):
            made[name] = self._in(made[name])
        return made

    def _in(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self._in(one) for one in value]
        if isinstance(value, Mapping):
            return {self._text(name): self._in(one) for name, one in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool):
            told = self._text(str(value))
            return value if told == str(value) else told
        return value

    def _text(self, text: str) -> str:
        if _WORTH_A_LOOK.search(text):
            for name, pattern, holds in _PATTERNS:
                text = pattern.sub(partial(self._taken, name, holds), text)
        return text if self._named is None else self._named.sub(self._pseudonym, text)

    def _pseudonym(self, found: re.Match[str]) -> str:
        self.counts["owner’s name in a text"] += 1
        return self._folded[found.group().casefold()]

    def _taken(self, name: str, holds: Callable[[str], bool], found: re.Match[str]) -> str:
        if not holds(found.group()):
            return found.group()
        self.counts[name] += 1
        return f"[{name}]"


def _whole(name: str) -> str:
    """A name that is no part of a longer word; Chinese has no words to be parts of."""
    begin = r"\b" if re.match(r"[A-Za-z0-9_À-ɏ]", name) else ""
    end = r"\b" if re.search(r"[A-Za-z0-9_À-ɏ]$", name) else ""
    return f"{begin}{re.escape(name)}{end}"
