"""Text of entries as plain text on screen: nothing is interpreted, nothing is invisible, nothing is unbounded."""

from __future__ import annotations

import html
import re

#: Characters that would break a line, hide, or turn the reading order of what stands beside them.
_UNSAFE = re.compile("\r\n|[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LINE_BREAKS = frozenset({"\r\n", "\n", "\r", "\u2028", "\u2029"})


def one_line(text: str, limit: int = 400) -> str:
    """``text`` for one table cell: line breaks as ``↵``, control and direction characters by their escapes.

    Longer texts keep their beginning and their end, so that eliding in the middle says the truth about both.
    """
    if len(text) > limit:
        tail = limit // 4
        text = f"{text[: limit - tail]} … {text[-tail:]}"
    return _UNSAFE.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    character = match.group()
    if character in _LINE_BREAKS:
        return "↵ "
    if character == "\t":
        return "  "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def many_lines(text: str, length: int | None = None, limit: int = 2_000) -> str:
    """``text`` for reading over several lines, at most ``limit`` characters of it and how many there are in all.

    ``length``: of the whole, where ``text`` is only its beginning.
    """
    shown = _UNSAFE.sub(lambda match: "\n" if match.group() in _LINE_BREAKS else _visible(match), text[:limit])
    if max(len(text), length or 0) > limit:
        shown += f"…\n({length or len(text):,} characters; the inspector shows them all.)"
    return shown


def tooltip(text: str, length: int | None = None) -> str:
    """A tool tip that shows ``text`` as it is.

    Qt guesses whether a tool tip is rich text. It is told so here, with everything of ``text`` escaped: then no text
    can be taken for mark-up, and long lines wrap.
    """
    return f'<p style="white-space: pre-wrap">{html.escape(many_lines(text, length))}</p>' if text else ""
