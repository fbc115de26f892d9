"""Questions of which it is known what a memory should recall, and entries to ask them about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from memviz.core.entry import INSERT_FIELDS, Kind, checked_fields
from memviz.core.errors import KnownError
from memviz.session.jsonl import first_of, read_objects

#: The names that programs give to the same fields; the first is ours.
_QUESTION = ("question", "query", "q")
_CATEGORY = ("category", "type", "question_type")
_AS_OF = ("as_of", "asked_at")
_OWNER = ("owner", "user", "user_id")
_EVIDENCE = ("evidence", "evidence_ids", "ids", "relevant")
_TEXT = ("text", "content", "utterance")
_SPEAKER = ("speaker", "role")
_CREATED = ("created", "date", "timestamp", "time")

#: Under this name an entry made from a file keeps the id it had there.
FILE_ID = "id"


@dataclass(frozen=True, slots=True)
class Reference:
    """What names an entry.

    Attributes:
        by: ``id``, ``key``, ``text`` or ``metadata``.
        value: its id (a number or a text), key or text; of metadata the fields that it must have, each as
            (name, value in JSON).
    """

    by: str
    value: str | int | tuple[tuple[str, str], ...]

    @classmethod
    def of_metadata(cls, fields: Mapping[str, Any]) -> Reference:
        return cls("metadata", tuple(sorted((name, in_json(value)) for name, value in fields.items())))

    def words(self) -> str:
        if isinstance(self.value, tuple):
            return "metadata " + ", ".join(f"{name} {value}" for name, value in self.value)
        return f"{self.by} {self.value}" if self.by == "id" else f"{self.by} “{self.value}”"


def in_json(value: Any) -> str:
    """The same text for values that are the same in JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class RecallQuestion:
    """A question with its evidence.

    Attributes:
        line: of the file, from 1.
        text: what is asked.
        evidence: what answers it; each should be recalled.
        category: empty where the file has none.
        as_of: when it is asked: a version, or a time in seconds since 1970; None: now.
        owner: whose memory is asked; empty: everyone's.
    """

    line: int
    text: str
    evidence: tuple[Reference, ...]
    category: str = ""
    as_of: int | float | None = None
    owner: str = ""


def read_questions(path: Path) -> list[RecallQuestion]:
    """The questions of a JSONL file; those without evidence too.

    Raises:
        KnownError: the file cannot be read, or a line of it is no question; says which.
    """
    return [_question(path, line, values) for line, values in read_objects(path)]


def _question(path: Path, line: int, values: Mapping[str, Any]) -> RecallQuestion:
    where = f"Line {line} of “{path}”"
    _, text = first_of(values, _QUESTION)
    if not isinstance(text, str) or not text.strip():
        raise KnownError(f"{where} has no question; give it a field “question” with a text.")
    _, category = first_of(values, _CATEGORY)
    _, owner = first_of(values, _OWNER)
    _, as_of = first_of(values, _AS_OF)
    return RecallQuestion(
        line=line,
        text=text,
        evidence=tuple(_evidence(where, values)),
        category="" if category is None else str(category),
        as_of=_time(where, "as_of", as_of),
        owner="" if owner is None else str(owner),
    )


def _evidence(where: str, values: Mapping[str, Any]) -> Iterator[Reference]:
    name, given = first_of(values, _EVIDENCE)
    for one in _listed(given):
        if isinstance(one, Mapping) and one:
            yield Reference.of_metadata(one)
        elif isinstance(one, str | int) and not isinstance(one, bool) and one != "":
            yield Reference("id", one)
        else:
            raise KnownError(f"{where}: “{name}” must list ids of entries or objects of metadata, not {one!r}.")
    for field, by in (("evidence_keys", "key"), ("evidence_texts", "text")):
        for one in _listed(values.get(field)):
            if not isinstance(one, str) or not one:
                raise KnownError(f"{where}: “{field}” must list texts, not {one!r}.")
            yield Reference(by, one)
    for one in _listed(values.get("evidence_metadata")):
        if not isinstance(one, Mapping) or not one:
            raise KnownError(f"{where}: “evidence_metadata” must list objects, not {one!r}.")
        yield Reference.of_metadata(one)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _time(where: str, field: str, value: Any) -> int | float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    with suppress(ValueError, TypeError, OverflowError, OSError):
        return datetime.fromisoformat(value).timestamp()  # without a zone it is the user's own time
    raise KnownError(
        f"{where}: “{field}” must be a version, seconds since 1970 or a date like 2026-05-31, not {value!r}."
    )


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Fields of an ``Insert`` for each line of a JSONL file of entries.

    A line has a ``text`` and what else an entry has (``key``, ``kind``, ``source``, ``created`` …). A ``speaker`` is
    written before the text, as ``Ann: …``; ``id`` and all other fields become metadata.

    Raises:
        KnownError: the file cannot be read, or a line of it is no entry; says which.
    """
    rows: list[dict[str, Any]] = []
    seen: dict[Any, int] = {}
    for line, values in read_objects(path):
        where = f"Line {line} of “{path}”"
        row = _entry(where, values)
        name = row["metadata"].get(FILE_ID)
        if isinstance(name, str | int | float):
            if name in seen:
                raise KnownError(f"{where} has the id {name!r} of line {seen[name]}; give each entry its own.")
            seen[name] = line
        rows.append(row)
    return rows


def _entry(where: str, values: Mapping[str, Any]) -> dict[str, Any]:
    name, text = first_of(values, _TEXT)
    if not isinstance(text, str) or not text.strip():
        raise KnownError(f"{where} has no text; give it a field “text”.")
    row: dict[str, Any] = {field: value for field, value in values.items() if field in INSERT_FIELDS - {"text"}}
    row = {field: value for field, value in row.items() if value is not None}
    metadata = row.pop("metadata", {})
    if not isinstance(metadata, Mapping):
        raise KnownError(f"{where}: the metadata must be a JSON object, not {metadata!r}.")
    row["metadata"] = {**metadata, **{f: v for f, v in values.items() if f not in INSERT_FIELDS and f != name}}
    _, who = first_of(row["metadata"], _SPEAKER)
    if isinstance(who, str) and who:
        row.setdefault("kind", Kind.DIALOGUE_TURN)
        text = text if text.lstrip().startswith(f"{who}:") else f"{who}: {text}"
    _, created = first_of(values, _CREATED)
    row.pop("created", None)
    with suppress(KnownError):  # a date in words of its own stays what it is, in the metadata
        if (time := _time(where, "created", created)) is not None:
            row["created"] = float(time)
    try:
        return checked_fields({**row, "text": text}, INSERT_FIELDS)
    except KnownError as error:
        raise KnownError(f"{where}: {error}") from None
