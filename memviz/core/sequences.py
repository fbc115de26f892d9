"""Sequences of bits as text, as a user types or clicks them: ``1011 0110``, ``1011 x3``, ``10 11 / 01 00 ? 1``."""

from __future__ import annotations

import re

#: A word of bits; not the number of repeats behind ``x``, nor that of an item behind ``?``.
_WORD = re.compile(r"(?<![x×*?]\s)(?<![x×*?])\b[01]+\b")


def flipped(text: str, word: int, bit: int) -> str:
    """The text with one bit changed; word and bit are counted from 0. Unchanged where there is no such bit."""
    found = list(_WORD.finditer(text))
    if not (0 <= word < len(found) and 0 <= bit < len(found[word].group())):
        return text
    at = found[word].start() + bit
    return text[:at] + ("0" if text[at] == "1" else "1") + text[at + 1 :]
