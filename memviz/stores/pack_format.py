"""Reading and writing packs: the facts of a knowledge base in a small file that ships with memviz.

A pack is text in UTF-8, compressed with xz. Its first line is a JSON object (``format``, ``source``, ``entries``,
``relations``); then every subject has a line ``=subject``, followed by a line for each of its facts: the relation's
position in ``relations`` as one digit, and the objects joined by ``|``.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from memviz.core.errors import BugError, KnownError
from memviz.core.facts import SENTENCES, Fact

_FORMAT = "memviz pack 1"


@dataclass(frozen=True, slots=True)
class PackHeader:
    """What a pack says of itself: where its facts come from, and how many there are."""

    source: str
    entries: int
    relations: tuple[str, ...]


def read_header(path: str | Path) -> PackHeader:
    """The header of a pack.

    Raises:
        KnownError: no such file, or no pack that this memviz can read.
    """
    return _parsed_header(next(_lines(Path(path)), ""), Path(path))


def read_pack(path: str | Path) -> Iterator[Fact]:
    """The facts of a pack, in its order.

    Raises:
        KnownError: as :func:`read_header`; also in the middle, where the file is cut off or damaged.
    """
    path = Path(path)
    lines = _lines(path)
    header = _parsed_header(next(lines, ""), path)
    subject = ""
    for line in lines:
        if line[0] == "=":
            subject = line[1:]
        else:
            yield Fact(subject, header.relations[int(line[0])], tuple(line[1:].split("|")))


def write_pack(path: str | Path, facts: Iterable[Fact], source: str) -> int:
    """Writes a pack of ``facts`` (facts about one subject stand together) and returns how many they are."""
    facts = list(facts)
    relations = list(SENTENCES)
    header = {"format": _FORMAT, "source": source, "entries": len(facts), "relations": relations}
    lines = [json.dumps(header)]
    subject = None
    for fact in facts:
        if any("\n" in part or "|" in part for part in (fact.subject, *fact.objects)):
            raise BugError(f"a fact with a line break or a bar: {fact}")
        if fact.subject != subject:
            subject = fact.subject
            lines.append(f"={subject}")
        lines.append(f"{relations.index(fact.relation)}{'|'.join(fact.objects)}")
    text = "".join(f"{line}\n" for line in lines)
    Path(path).write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    return len(facts)


def _lines(path: Path) -> Iterator[str]:
    try:
        with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
            for line in file:
                yield line[:-1]
    except FileNotFoundError:
        raise KnownError(f"There is no file “{path}”; install memviz again.") from None
    except OSError as error:
        raise KnownError(f"“{path}” cannot be read: {error.strerror}; install memviz again.") from None
    except (lzma.LZMAError, EOFError, UnicodeDecodeError):
        raise KnownError(f"“{path}” is damaged or is no packed memory; install memviz again.") from None


def _parsed_header(line: str, path: Path) -> PackHeader:
    try:
        header = json.loads(line)
    except ValueError:
        header = {}
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise KnownError(f"“{path}” is no packed memory that this memviz can read; install memviz again.")
    return PackHeader(header["source"], header["entries"], tuple(header["relations"]))
