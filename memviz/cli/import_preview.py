"""``memviz import --dry-run``: each file with its columns, its first entries, and what would come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memviz.cli.entry_format import field_words
from memviz.cli.import_words import report_lines, total_lines, trial_lines
from memviz.cli.output import clipped, counted, plain
from memviz.core.errors import KnownError
from memviz.exchange.formats import ReadOptions
from memviz.exchange.mapping import FieldMapping
from memviz.exchange.records import RecordReader
from memviz.session.import_report import ImportReport
from memviz.session.importing import look_into, mapping_for, preview

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FileLook:
    """The beginning of a file: its reader and first records; without a reader it is refused, and why."""

    path: Path
    reader: RecordReader | None
    sample: Sequence[Mapping[str, Any]] = ()
    refused: str = ""


def looked_at(files: Sequence[Path], options: ReadOptions) -> list[FileLook]:
    """The beginning of each file, in their order."""
    looks = []
    for path in files:
        try:
            reader, _, sample = look_into([path], options)
            looks.append(FileLook(path, reader, sample))
        except KnownError as error:
            looks.append(FileLook(path, None, refused=str(error)))
    return looks


def columns_of(look: FileLook, mapping: FieldMapping) -> dict[str, str]:
    """Column -> field, as the import would do it; empty for a file that cannot be read."""
    return {} if look.reader is None else mapping_for(look.reader, mapping).targets_of(look.reader.columns)


def print_preview(looks: Sequence[FileLook], report: ImportReport, mapping: FieldMapping, *, kept: bool) -> None:
    """One file as it is; several each below its name, and what they come to together."""
    if len(looks) == 1:
        for line in (*_lines(looks[0], mapping), *report_lines(report, dry_run=True, kept=kept)):
            print(line)
        return
    for look, told in zip(looks, report.files, strict=True):
        print(f"{plain(str(look.path))}:")
        counts = [f"Refused: {plain(told.refused)}"] if told.refused else trial_lines(told, kept=kept)
        for line in (*_lines(look, mapping), *counts):
            print(f"  {line}")
        print()
    for line in total_lines(report):
        print(line)


def refused(report: ImportReport, *, skip_bad: bool, undoable: bool) -> str:
    """Why the import would be refused, in one sentence; empty where it would not be.

    Args:
        undoable: it is refused where no undo would take it back.
    """
    unreadable = sum(1 for told in report.files if told.refused)
    bad = 0 if skip_bad else sum(1 for told in report.files if told.bad_count and not told.refused)
    if not unreadable and not bad:
        if undoable and not report.undoable:
            return "This import would be refused, since no undo would take it back; add --no-undo, or import less."
        return ""
    files = len(report.files)
    if files == 1:
        return report.files[0].refused or (
            f"This import would be refused for {'its bad line' if report.bad_count == 1 else 'its bad lines'}; mend"
            f" {'it' if report.bad_count == 1 else 'them'}, or leave out what is bad with --skip-bad."
        )
    what = f"{unreadable + bad:,} of {counted(files, 'file')}"
    advice = [
        *(["leave out or replace what cannot be read"] if unreadable else []),
        *(["mend the bad lines or add --skip-bad"] if bad else []),
    ]
    return f"This import would be refused for {what}; {', and '.join(advice)}."


def _lines(look: FileLook, mapping: FieldMapping) -> Iterator[str]:
    if look.reader is None:
        return
    for column, target in columns_of(look, mapping).items():
        yield f"{clipped(plain(column), 24):<24} → {target or 'left out'}"
    for number, made in enumerate(preview(look.sample[:_SHOWN], mapping_for(look.reader, mapping)), 1):
        if isinstance(made, str):
            yield f"{number}. {plain(made)}"
        else:
            words = "  ".join(f"{name}: {clipped(field_words(name, value), 60)}" for name, value in made.items())
            yield f"{number}. {words}"
