"""Files with a JSON object on each line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError


def read_objects(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """(line number, object) of every line that is not empty.

    Raises:
        KnownError: a file that cannot be read, holds nothing, or a line that is no JSON object.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KnownError(f"“{path}” cannot be read ({error.strerror}); name another file.") from None
    except UnicodeDecodeError:
        raise KnownError(f"“{path}” is not UTF-8 text; convert it first.") from None
    # Only at line ends: a text may hold U+2028, which splitlines() would take for one.
    lines = [(number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip()]
    if not lines:
        raise KnownError(f"“{path}” is empty; give a file with a JSON object on each line.")
    return [(number, _object(path, number, line)) for number, line in lines]


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        raise KnownError(f"Line {number} of “{path}” is not JSON ({why}); write one object on each line.") from None
    if not isinstance(value, dict):
        raise KnownError(f'Line {number} of “{path}” is no JSON object; write for example {{"question": "…"}}.')
    return value


def first_of(values: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any]:
    """The first of these fields that is there and not null, as (name, value); ("", None) for none."""
    return next(((name, values[name]) for name in names if values.get(name) is not None), ("", None))
