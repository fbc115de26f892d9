"""What is to be imported, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from memviz.exchange.formats import FOUND, ReadOptions
from memviz.exchange.mapping import FieldMapping
from memviz.exchange.records import BadLine, Stamp

#: So many bad lines are told one by one; all are counted.
TOLD = 1_000


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What is to be imported, and how.

    Attributes:
        files: read in this order.
        mapping: of all of them; of files that memviz wrote there is nothing to map.
        options: how they are read.
        skip_bad: bad lines are left out and reported; else the first one ends the import.
        duplicates: what becomes of an entry with key and text of another one, in the files or in the memory.
        undoable: one undo takes the import back; a memory on a server cannot do that for more than 20,000 entries.
        seen: of each file, what it was when it was looked at; one that was changed since is not imported.
            Empty: they are imported as they are.
    """

    files: tuple[Path, ...]
    mapping: FieldMapping
    options: ReadOptions = FOUND
    skip_bad: bool = False
    duplicates: Literal["skip", "keep"] = "skip"
    undoable: bool = True
    seen: tuple[Stamp, ...] = ()


@dataclass(slots=True)
class ImportCounts:
    """What became of lines.

    Attributes:
        entries: how many were imported.
        twice: how many have key and text of an earlier one of the files.
        there: how many have key and text of one that the memory held.
        bad: the first :data:`TOLD` lines that were left out.
        bad_count: how many there are.
    """

    entries: int = 0
    twice: int = 0
    there: int = 0
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0

    def reject(self, bad: BadLine) -> None:
        self.bad_count += 1
        if len(self.bad) < TOLD:
            self.bad.append(bad)

    def add(self, other: ImportCounts) -> None:
        self.entries += other.entries
        self.twice += other.twice
        self.there += other.there
        self.bad += other.bad[: TOLD - len(self.bad)]
        self.bad_count += other.bad_count


@dataclass(slots=True)
class FileReport(ImportCounts):
    """What an import would make of one of its files.

    Attributes:
        file: its path.
        refused: why it cannot be read, a sentence; empty where it can.
        note: what whoever imports it should know, a sentence; empty where there is nothing.
    """

    file: str = ""
    refused: str = ""
    note: str = ""


@dataclass(slots=True)
class ImportReport(ImportCounts):
    """What an import did, or would do.

    Attributes:
        undoable: one undo takes them back, or would.
        unlinked: superseded entries whose successor is not among those that were imported; they stand for themselves.
        files: of each file, in their order.
    """

    unlinked: int = 0
    undoable: bool = True
    files: list[FileReport] = field(default_factory=list)
