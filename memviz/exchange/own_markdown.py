"""The Markdown that memviz writes: for people a heading and a text for each entry, the rest in a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from memviz.exchange.own import OWN_COLUMNS
from memviz.exchange.records import Record, Reject
from memviz.exchange.text_file import TextFile

FIRST_LINE = "<!-- memviz: entries -->"
_MARK = "<!-- memviz: "
_END = " -->"
#: Lines of a text that look like a mark get a backslash, and lose it again.
_LIKE_MARK = re.compile(r"\\*<!-- memviz: ")
_ESCAPED = re.compile(r"\\+<!-- memviz: ")


class OwnMarkdown:
    """What :func:`markdown_of` wrote, also after somebody changed its headings and texts by hand."""

    columns: Sequence[str] = OWN_COLUMNS
    own = True

    def __init__(self, path: Path, encoding: str = "") -> None:
        self._file = TextFile(path, encoding)
        self.path, self.size = path, self._file.size

    @property
    def position(self) -> int:
        return self._file.position

    def records(self, reject: Reject) -> Iterator[Record]:
        begun, told, lines = 0, None, list[str]()
        for number, line in enumerate(self._file.lines(reject), 1):
            bare = line.rstrip("\r\n")
            if not (bare.startswith(_MARK) and bare.endswith(_END)) or (number == 1 and bare == FIRST_LINE):
                lines.append(line.removesuffix("\n"))
                continue
            if told is not None:
                yield begun, _record(told, lines)
            lines, begun, told = [], number, _told(bare)
            if told is None:
                reject(number, "is no comment that memviz wrote: it has no JSON object in it")
        if told is not None:
            yield begun, _record(told, lines)


def markdown_of(values: Mapping[str, Any]) -> str:
    """An entry (as ``own.values_of`` gives it) with its comment, its heading and its text."""
    key, text = str(values["key"]), str(values["text"])
    told = {name: value for name, value in values.items() if name not in ("key", "text") and value is not None}
    if not _fits(key):
        told["key"] = key
    comment = json.dumps(told, ensure_ascii=False).replace("-->", "--\\u003e")
    heading = " ".join(key.split()) or "(no key)"
    body = "\n".join(f"\\{line}" if _LIKE_MARK.match(line) else line for line in text.split("\n"))
    return f"{_MARK}{comment}{_END}\n## {heading}\n\n{body}\n\n"


def _fits(key: str) -> bool:
    """Whether a heading says the key as it is."""
    return key == " ".join(key.split()) and key not in ("", "(no key)")


def _told(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line[len(_MARK) : -len(_END)])
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _record(told: Mapping[str, Any], lines: list[str]) -> dict[str, Any]:
    values = dict(told)
    if lines and lines[0].startswith("## "):
        values.setdefault("key", lines[0].rstrip("\r")[3:])
        lines = lines[1:]
        if lines and not lines[0].strip():
            lines = lines[1:]
    if lines and not lines[-1].strip():  # the one that parts it from the next entry
        lines = lines[:-1]
    values["text"] = "\n".join(line[1:] if _ESCAPED.match(line) else line for line in lines)
    return values
