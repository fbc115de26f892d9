"""What an import did or would do, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from memviz.cli.output import counted, plain
from memviz.session.import_report import ImportCounts, ImportReport

_BAD_SHOWN = 20


def report_lines(report: ImportReport, *, dry_run: bool = False, kept: bool = False) -> Iterator[str]:
    """What was imported, and what was not, in sentences."""
    yield _imported(report, dry_run=dry_run)
    yield from _duplicates(report, kept=kept)
    if not report.undoable:
        yield "No undo takes them back: a memory on a server does that for at most 20,000 at once (--no-undo)."
    if report.unlinked:
        yield f"{counted(report.unlinked, 'entry', 'entries')} without the one that stands for it, which is not there."
    yield from _bad_lines(report, dry_run=dry_run)


def trial_lines(counts: ImportCounts, *, kept: bool = False) -> Iterator[str]:
    """What would come of one file of several."""
    yield _imported(counts, dry_run=True)
    yield from _duplicates(counts, kept=kept)
    yield from _bad_lines(counts, dry_run=True)


def total_lines(report: ImportReport) -> Iterator[str]:
    """What would come of several files together, each of which was told before."""
    yield f"All files together: {counted(report.entries, 'entry', 'entries')}."
    everything = ImportReport(undoable=report.undoable, unlinked=report.unlinked)
    yield from list(report_lines(everything, dry_run=True))[1:]


def _imported(counts: ImportCounts, *, dry_run: bool) -> str:
    entries = counted(counts.entries, "entry", "entries")
    return f"Would import {entries}." if dry_run else f"Imported {entries}." if counts.entries else "Nothing to import."


def _duplicates(counts: ImportCounts, *, kept: bool) -> Iterator[str]:
    fate = "kept" if kept else "left out"
    if counts.twice:
        yield f"Duplicates of earlier entries in the files: {counts.twice:,}, {fate}."
    if counts.there:
        yield f"Duplicates of entries that the memory holds: {counts.there:,}, {fate}."


def _bad_lines(counts: ImportCounts, *, dry_run: bool) -> Iterator[str]:
    if counts.bad_count:
        yield f"{counted(counts.bad_count, 'bad line')}{'' if dry_run else ', left out'}:"
        for bad in counts.bad[:_BAD_SHOWN]:
            yield f"  {plain(bad.words())}."
        if counts.bad_count > _BAD_SHOWN:
            yield f"  … and {counts.bad_count - _BAD_SHOWN:,} more; --json tells the first 1,000."
