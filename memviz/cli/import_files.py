"""``memviz import``: entries from files, all or none."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from memviz.cli.entry_format import field_words
from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clear_progress, clipped, counted, plain, print_json, terminal_progress
from memviz.core.errors import KnownError
from memviz.exchange.formats import READ_FORMATS, ReadOptions
from memviz.exchange.mapping import (
    INTO_METADATA,
    LEFT_OUT,
    FieldMapping,
    changed_mapping,
    guessed_mapping,
)
from memviz.exchange.names import TARGETS
from memviz.exchange.prose import SPLITS
from memviz.exchange.values import CONVERTERS
from memviz.session.importing import ImportPlan, ImportReport, check_import, look_into, preview, run_import

_SHOWN = 5
_BAD_SHOWN = 20

_DESCRIPTION = """\
Imports entries from files: JSON lines, JSON, CSV, TSV, Parquet, plain text, Markdown. Columns become fields by their
names; --dry-run shows how, and what would be left out. All is imported or nothing, and one undo takes it back. What
“memviz export” wrote comes back as it was, with new ids.
"""

_EPILOG = """\
examples:
  memviz import notes.csv --memory notes.sqlite --dry-run
  memviz import notes.csv --memory notes.sqlite --map text=remark --map owner=who
  memviz import old.jsonl --memory notes.sqlite --skip-bad --duplicates keep
  memviz import 日记.txt --memory notes.sqlite --encoding gb18030 --split paragraph --set owner=李雷
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "import",
        run,
        summary="import entries from files into a memory",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    add_memory(parser)
    parser.add_argument("--create", action="store_true", help="make the memory where there is none")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be imported")
    parser.add_argument("--skip-bad", action="store_true", help="leave bad lines out, and report them")
    parser.add_argument(
        "--duplicates",
        choices=("skip", "keep"),
        default="skip",
        help="entries with key and text of another one (default: skip)",
    )
    parser.add_argument(
        "--no-undo", action="store_true", help="on a server, more than 20,000 entries, which no undo takes back"
    )
    fields = parser.add_argument_group("columns")
    fields.add_argument(
        "--map", metavar="FIELD=COLUMN", action="append", default=[], help=f"fields: {', '.join(TARGETS)}"
    )
    fields.add_argument("--leave-out", metavar="COLUMN", action="append", default=[], help="do not import it")
    fields.add_argument("--no-others", action="store_true", help="leave out what would become metadata")
    fields.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], help="for entries to which the file gives none"
    )
    files = parser.add_argument_group("files")
    files.add_argument("--format", choices=READ_FORMATS, default="", help="(default: found)")
    files.add_argument("--encoding", default="", help="of a text, e.g. gb18030 (default: by its mark, else UTF-8)")
    files.add_argument("--delimiter", metavar="C", default="", help="between the cells of a table (default: found)")
    files.add_argument(
        "--header", action=argparse.BooleanOptionalAction, help="the first row names the columns (default: found)"
    )
    files.add_argument("--split", choices=SPLITS, default="", help="of a text: what becomes an entry")
    files.add_argument("--longest", metavar="N", type=int, default=0, help="split texts of more than N characters")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    options = ReadOptions(
        arguments.format,
        arguments.encoding,
        arguments.delimiter.replace("\\t", "\t"),
        arguments.header,
        arguments.split,
        arguments.longest,
    )
    mapping, sample = _mapping(arguments, options)
    plan = ImportPlan(
        tuple(arguments.files), mapping, options, arguments.skip_bad, arguments.duplicates, not arguments.no_undo
    )
    with opened(arguments.memory, create=arguments.create) as session:
        progress = terminal_progress()
        try:
            if arguments.dry_run:
                change, report = None, check_import(session, plan, progress)
            else:
                change, report = run_import(session, plan, progress).result()
        finally:
            clear_progress()
    if arguments.json:
        version = None if change is None else change.version
        print_json({**asdict(report), "version": version, "columns": dict(mapping.targets)})
        return 0
    for line in _mapping_lines(mapping, sample) if arguments.dry_run else ():
        print(line)
    for line in report_lines(report, dry_run=arguments.dry_run, kept=arguments.duplicates == "keep"):
        print(line)
    return 0


def _mapping(arguments: argparse.Namespace, options: ReadOptions) -> tuple[FieldMapping, list[Mapping[str, Any]]]:
    reader, _, sample = look_into(arguments.files, options)
    others = LEFT_OUT if arguments.no_others else INTO_METADATA
    constants = dict(_constant(words) for words in arguments.set)
    mapping = guessed_mapping(reader.columns, sample, own=reader.own, others=others, constants=constants)
    changes = {column: field for field, column in map(_pair, arguments.map)}
    mapping = changed_mapping(mapping, changes | dict.fromkeys(arguments.leave_out, LEFT_OUT))
    if not mapping.enough:
        columns = ", ".join(f"“{plain(column)}”" for column in mapping.targets)
        raise KnownError(f"No column of {columns} is known as text or key; name one, for example --map text=COLUMN.")
    return mapping, sample


def _pair(words: str) -> tuple[str, str]:
    name, sign, value = words.partition("=")
    if not sign or not name.strip():
        raise KnownError(f"“{words}” says nothing; write for example text=content.")
    return name.strip(), value


def _constant(words: str) -> tuple[str, Any]:
    name, value = _pair(words)
    if name not in CONVERTERS:
        raise KnownError(f"“{name}” is no field of an entry; use one of {', '.join(TARGETS)}.")
    try:
        return name, CONVERTERS[name](value)
    except ValueError as error:
        raise KnownError(f"--set {words} {error}.") from None


def _mapping_lines(mapping: FieldMapping, sample: list[Mapping[str, Any]]) -> Iterator[str]:
    for column, target in mapping.targets.items():
        yield f"{clipped(plain(column), 24):<24} → {target or 'left out'}"
    for number, made in enumerate(preview(sample[:_SHOWN], mapping), 1):
        if isinstance(made, str):
            yield f"{number}. {plain(made)}"
        else:
            words = "  ".join(f"{name}: {clipped(field_words(name, value), 60)}" for name, value in made.items())
            yield f"{number}. {words}"


def report_lines(report: ImportReport, *, dry_run: bool = False, kept: bool = False) -> Iterator[str]:
    """What was imported, and what was not, in sentences."""
    entries = counted(report.entries, "entry", "entries")
    yield f"Would import {entries}." if dry_run else f"Imported {entries}." if report.entries else "Nothing to import."
    fate = "kept" if kept else "left out"
    if report.twice:
        yield f"Duplicates of earlier entries in the files: {report.twice:,}, {fate}."
    if report.there:
        yield f"Duplicates of entries that the memory holds: {report.there:,}, {fate}."
    if not report.undoable:
        yield "No undo takes them back: a memory on a server does that for at most 20,000 at once (--no-undo)."
    if report.unlinked:
        yield f"{counted(report.unlinked, 'entry', 'entries')} without the one that stands for it, which is not there."
    if report.bad_count:
        yield f"{counted(report.bad_count, 'bad line')}{'' if dry_run else ', left out'}:"
        for bad in report.bad[:_BAD_SHOWN]:
            yield f"  {plain(bad.words())}."
        if report.bad_count > _BAD_SHOWN:
            yield f"  … and {report.bad_count - _BAD_SHOWN:,} more; --json tells the first 1,000."
