"""JSON: a list of objects, or an object with such a list in it; read piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from memviz.exchange.json_lines import SAMPLE, why_no_json
from memviz.exchange.own import is_own_record
from memviz.exchange.records import Record, Reject, unreadable
from memviz.exchange.text_file import LONGEST_LINE, TextFile

_SPACE = " \t\r\n"
#: An error so near to the end of what is read is none yet.
_NEAR = 64


class JsonList:
    """Objects of a list; texts in it are records with a ``text``."""

    def __init__(self, path: Path, encoding: str = "") -> None:
        self._file = TextFile(path, encoding)
        self.path, self.size = path, self._file.size
        names: dict[str, None] = {}
        for _, values in islice(self.records(lambda _line, _why: None), SAMPLE):
            names.update(dict.fromkeys(values))
        self.columns: Sequence[str] = tuple(names)
        self.own = is_own_record(names)

    @property
    def position(self) -> int:
        return self._file.position

    def records(self, reject: Reject) -> Iterator[Record]:
        text = _Text(self._file)
        whole = text.peek() == "["
        self._to_list(text)
        mark = text.take() if text.peek() == "]" else ","
        while mark == ",":
            line, value = text.line, text.value()
            if isinstance(value, str):
                value = {"text": value}
            if isinstance(value, dict):
                yield line, value
            else:
                reject(line, "begins with something that is no object; write a list of {…}")
            mark = text.take()
        if mark != "]":
            unreadable(self.path, text.line, f"has {mark!r} where a comma or a “]” belongs" if mark else _ENDS)
        if whole and text.peek():  # a second list would be lost
            unreadable(self.path, text.line, "has something after the end of the list; put all objects into one list")

    def _to_list(self, text: _Text) -> None:
        """Goes to the first value of the list."""
        mark = text.take()
        if mark == "[":
            return
        if mark != "{":
            unreadable(self.path, text.line, "begins no JSON list; write [{…}, {…}]")
        while text.peek() == '"':
            text.value()
            if text.take() != ":":
                unreadable(self.path, text.line, "has no colon after a name")
            if text.peek() == "[":
                text.take()
                return
            text.value()
            if text.take() != ",":
                break
        unreadable(self.path, text.line, "has no list of objects in it; write [{…}, {…}], or one object on each line")


_ENDS = "is where the file ends, in the middle of a list; the rest of it is missing"


class _Text:
    """What is read and not yet taken of a file."""

    def __init__(self, file: TextFile) -> None:
        self._name = file.path
        self._parts = file.parts()
        self._buffer, self._at, self._ended = "", 0, False
        self._decoder = json.JSONDecoder()
        self._before, self._counted = 1, 0  # the line of a place in the buffer

    @property
    def line(self) -> int:
        """The line of the next value."""
        self.peek()
        self._count()
        return self._before

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in _SPACE:
                    return self._buffer[self._at]
                self._at += 1
            if not self._more(1):
                return ""

    def take(self) -> str:
        mark = self.peek()
        self._at += len(mark)
        return mark

    def value(self) -> Any:
        """The next JSON value; the file is not JSON where there is none."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
                if end < len(self._buffer) or self._ended:  # a number may go on
                    self._at = end
                    return value
                why, at = "", end
            except json.JSONDecodeError as error:
                why, at = error.msg, error.pos
                near = at >= len(self._buffer) - _NEAR or why.startswith("Unterminated string")
                if not near or self._ended:
                    self._refuse(why, at)
            except (RecursionError, ValueError) as error:
                unreadable(self._name, self.line, f"is {why_no_json(error)}")
            if len(self._buffer) - self._at > LONGEST_LINE:
                self._refuse(why or "too long", at)
            self._more(max(1 << 16, len(self._buffer) - self._at))

    def _refuse(self, why: str, at: int) -> NoReturn:
        line = self.line + self._buffer.count("\n", self._at, at)
        if self._ended and (at >= len(self._buffer.rstrip()) or why.startswith("Unterminated string")):
            unreadable(self._name, line, _ENDS)
        unreadable(self._name, line, f"is not JSON ({why})")

    def _more(self, characters: int) -> bool:
        """Reads about so many characters more; False at the end of the file."""
        if self._ended:
            return False
        self._count()
        parts, length = [self._buffer[self._at :]], 0
        for part in self._parts:
            parts.append(part)
            length += len(part)
            if length >= characters:
                break
        else:
            self._ended = True
        self._buffer, self._at, self._counted = "".join(parts), 0, 0
        return length > 0

    def _count(self) -> None:
        self._before += self._buffer.count("\n", self._counted, self._at)
        self._counted = self._at
