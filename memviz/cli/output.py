"""What goes to the terminal: JSON, lines, progress; never a control character that an entry brought along."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from typing import Any, TextIO

from memviz.core.progress import Progress, no_progress

#: Marks that reorder a whole line on the terminal.
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def prepare_streams() -> None:
    """Any character can be printed: UTF-8 into pipes and files, escapes where a terminal cannot show it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is None:  # a test's own stream
            continue
        if stream.isatty():
            reconfigure(errors="backslashreplace")
        else:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def quiet_stdout() -> None:
    """After a closed pipe: what is still buffered goes nowhere, so that the interpreter's exit stays quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_line(value: Any) -> None:
    """JSON on one line, at once: whoever reads it may be waiting."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def counted(count: int, one: str, many: str = "") -> str:
    """“1 turn”, “2 turns”; ``many`` where that is not ``one`` and an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def plain(text: str) -> str:
    """``text`` on one line, control characters and direction marks escaped: an entry cannot steer a terminal."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\n":
        return "⏎"
    if character == "\t":
        return " "
    if character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape", "backslashreplace").decode("ascii")
    return character


def on_one_line(text: str) -> str:
    return plain(text.strip())


def clipped(text: str, width: int) -> str:
    """The first ``width`` characters of a long text, with a sign that there are more."""
    return text if len(text) <= width else text[: width - 1] + "…"


def terminal_progress(stream: TextIO | None = None) -> Progress:
    """Progress on one line of stderr where that is a terminal, silence elsewhere."""
    out = sys.stderr if stream is None else stream
    if not out.isatty():
        return no_progress

    def report(done: int, total: int, words: str) -> None:
        share = f" {100 * done // total:3d} %" if total else ""
        end = "\r\x1b[K" if total and done >= total else ""
        out.write(f"\r\x1b[K{clipped(plain(words), 60)}{share}{end}")
        out.flush()

    return report


def clear_progress(stream: TextIO | None = None) -> None:
    """Takes the line of an unfinished progress away."""
    out = sys.stderr if stream is None else stream
    if out.isatty():
        out.write("\r\x1b[K")
        out.flush()
