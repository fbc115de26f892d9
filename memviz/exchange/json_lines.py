"""JSONL: an object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from memviz.exchange.own import is_own_record
from memviz.exchange.records import Record, Reject, unreadable
from memviz.exchange.text_file import TextFile

#: Columns are those of so many lines; ones that come later are taken as well.
SAMPLE = 200


class JsonLines:
    """Objects, one on each line; empty lines count and are no records."""

    def __init__(self, path: Path, encoding: str = "") -> None:
        self._file = TextFile(path, encoding)
        self.path, self.size = path, self._file.size
        names: dict[str, None] = {}
        bad: list[tuple[int, str]] = []
        for _, values in islice(self.records(lambda line, why: bad.append((line, why)) if not bad else None), SAMPLE):
            names.update(dict.fromkeys(values))
        if bad and not names:  # no line of the whole file is an object
            unreadable(path, *bad[0])
        self.columns: Sequence[str] = tuple(names)
        self.own = is_own_record(names)

    @property
    def position(self) -> int:
        return self._file.position

    def records(self, reject: Reject) -> Iterator[Record]:
        decode = json.JSONDecoder().decode
        for number, line in enumerate(self._file.lines(reject), 1):
            try:
                values = decode(line)
            except (ValueError, RecursionError) as error:
                if not line.isspace():
                    reject(number, f"is {why_no_json(error)}")
                continue
            if isinstance(values, dict):
                yield number, values
            else:
                reject(number, "is no JSON object; write one {…} on each line")


def why_no_json(error: Exception) -> str:
    """What a text is that the decoder refused; ends a sentence."""
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg.removesuffix(' at')} at character {error.pos + 1:,})"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return "not JSON that can be read: it holds a number of thousands of digits"  # the only other ValueError


def first_object(text: str) -> Any:
    """The JSON value of a line; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
