"""Facts from a file of triples with relations of any name."""

from __future__ import annotations

from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.facts import Fact


def read_triples(path: str | Path) -> list[Fact]:
    """One fact for each subject and relation of lines ``subject|relation|object``, in the order of the file.

    Raises:
        KnownError: the file cannot be read, or a line is not of this form, named by its number.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError(f"“{path}” cannot be read as text; give a file of subject|relation|object lines.") from error
    objects: dict[tuple[str, str], list[str]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        subject, relation, value = _triple(line, number, path)
        objects.setdefault((subject, relation), []).append(value)
    if not objects:
        raise KnownError(f"“{path}” holds no triple; give a file of subject|relation|object lines.")
    return [Fact(subject, relation, tuple(values)) for (subject, relation), values in objects.items()]


def _triple(line: str, number: int, path: str | Path) -> tuple[str, str, str]:
    parts = tuple(part.strip() for part in line.split("|"))
    if len(parts) != 3 or not all(parts):
        raise KnownError(f"Line {number} of “{path}” is not of the form subject|relation|object; mend the line.")
    return parts[0], parts[1], parts[2]
