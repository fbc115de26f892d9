"""An option for every field of an entry that can be edited."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from memviz.core.entry import EDITABLE_FIELDS, Kind
from memviz.core.errors import KnownError


def add_fields(parser: argparse.ArgumentParser) -> None:
    fields = parser.add_argument_group("fields")
    text = fields.add_mutually_exclusive_group()
    text.add_argument("--text", help="what a model reads")
    text.add_argument("--text-file", metavar="FILE", help="take the text from a UTF-8 file; “-” is the standard input")
    fields.add_argument("--key", help="what the entry is about, e.g. “Blade Runner · director”")
    fields.add_argument("--kind", choices=[str(kind) for kind in Kind])
    fields.add_argument("--owner", help="whose memory this is")
    fields.add_argument("--source", help="where it came from")
    fields.add_argument("--tags", metavar="A,B", help="with commas; an empty text removes all")
    fields.add_argument("--confidence", metavar="0..1", type=float)
    fields.add_argument("--expires", metavar="WHEN", help="2030-12-31, 2030-12-31T18:00, seconds since 1970, or never")
    fields.add_argument("--private", action=argparse.BooleanOptionalAction, help="mask it in screenshots and exports")
    fields.add_argument("--enabled", action=argparse.BooleanOptionalAction, help="let it be recalled")
    fields.add_argument(
        "--superseded-by", metavar="ID", help="the entry that stands for it, which is recalled instead; none: no entry"
    )
    fields.add_argument("--metadata", metavar="JSON", help="an object")


def given_fields(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields that were named on the command line.

    Raises:
        KnownError: a value that cannot be understood.
    """
    given = {name: value for name in sorted(EDITABLE_FIELDS) if (value := getattr(arguments, name)) is not None}
    if arguments.text_file is not None:
        given["text"] = _text_of(arguments.text_file)
    if "tags" in given:
        given["tags"] = given["tags"].split(",")
    if "expires" in given:
        given["expires"] = _expiry(given["expires"])
    if "superseded_by" in given:
        given["superseded_by"] = _successor(given["superseded_by"])
    if "metadata" in given:
        given["metadata"] = _metadata(given["metadata"])
    return given


def _text_of(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8")
    except OSError as error:
        raise KnownError(f"“{file}” cannot be read ({error.strerror}); name another file.") from None
    except UnicodeDecodeError:
        raise KnownError(f"“{file}” is not UTF-8 text; convert it first.") from None


def _expiry(words: str) -> float | None:
    if words.strip().lower() in ("", "never"):
        return None
    try:
        return float(words)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(words).timestamp()  # without a zone it is the user's own time
    except (ValueError, OverflowError, OSError):
        raise KnownError(f"“{words}” is no time; write for example 2030-12-31 or never.") from None


def _successor(words: str) -> int | None:
    if words.strip().lower() in ("", "none"):
        return None
    if not words.isdecimal():
        raise KnownError(f"“{words}” is no id of an entry; give a whole number, or none.")
    return int(words)


def _metadata(words: str) -> Any:
    try:
        return json.loads(words)
    except ValueError as error:
        raise KnownError(f"The metadata is not JSON ({error}); write for example '{{\"page\": 3}}'.") from None
