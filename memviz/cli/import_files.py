"""``memviz import``: entries from files, all or none."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from memviz.cli.import_preview import columns_of, looked_at, print_preview, refused
from memviz.cli.import_words import report_lines
from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clear_progress, plain, print_json, terminal_progress
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
from memviz.session.addresses import memory_address
from memviz.session.attaching import check_destination
from memviz.session.import_report import ImportPlan, ImportReport
from memviz.session.importing import check_import, look_into, run_import

_DESCRIPTION = """\
Imports entries from files: JSON lines, JSON, CSV, TSV, Parquet, plain text, Markdown. Columns become fields by their
names; --dry-run shows how for each file, and what would be left out, and ends with the exit status 2 where the import
would be refused. All is imported or nothing, and one undo takes it back. What “memviz export” wrote comes back as it
was, with new ids.
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
    check_destination(memory_address(arguments.memory))
    if arguments.dry_run:
        return _dry_run(arguments, options)
    mapping = _mapping(arguments, arguments.files, options)
    _check_enough(mapping)
    with opened(arguments.memory, create=arguments.create) as session:
        try:
            change, report = run_import(session, _plan(arguments, mapping, options), terminal_progress()).result()
        finally:
            clear_progress()
    if arguments.json:
        version = None if change is None else change.version
        print_json({**asdict(report), "version": version, "columns": dict(mapping.targets)})
    else:
        for line in report_lines(report, kept=arguments.duplicates == "keep"):
            print(line)
    _tell_notes(report)
    return 0


def _dry_run(arguments: argparse.Namespace, options: ReadOptions) -> int:
    """What each file would become; 2 where the import would be refused."""
    looks = looked_at(arguments.files, options)
    readable = [look.path for look in looks if look.reader is not None]
    if not readable and len(looks) == 1:
        raise KnownError(looks[0].refused)
    mapping = _mapping(arguments, readable, options) if readable else FieldMapping({})
    if len(looks) == 1:
        _check_enough(mapping)
    with opened(_tried_on(arguments), create=arguments.create) as session:
        try:
            plan = _plan(arguments, mapping, options)
            report = check_import(session, plan, terminal_progress(), every_file=True)
        finally:
            clear_progress()
    if readable and not mapping.enough:  # the mapping is of the first file
        next(
            told for look, told in zip(looks, report.files, strict=True) if look.reader is not None
        ).refused = _not_enough(mapping)
    if arguments.json:
        files = [
            {**asdict(told), "columns": columns_of(look, mapping)}
            for look, told in zip(looks, report.files, strict=True)
        ]
        print_json({**asdict(report), "files": files, "version": None, "columns": dict(mapping.targets)})
    else:
        print_preview(looks, report, mapping, kept=arguments.duplicates == "keep")
    _tell_notes(report)
    why = refused(report, skip_bad=arguments.skip_bad, undoable=not arguments.no_undo)
    if why:
        raise KnownError(why)
    return 0


def _tried_on(arguments: argparse.Namespace) -> str:
    """The memory that a trial looks at. It makes no file: an empty memory of this process stands for one."""
    place = memory_address(arguments.memory).place
    if arguments.create and isinstance(place, Path) and not place.exists() and os.access(place.parent, os.W_OK):
        return "memory://trial"
    return str(arguments.memory)


def _tell_notes(report: ImportReport) -> None:
    """To stderr, so that JSON stays JSON."""
    for told in report.files:
        if told.note:
            print(f"memviz: note: {plain(told.note)}", file=sys.stderr)


def _plan(arguments: argparse.Namespace, mapping: FieldMapping, options: ReadOptions) -> ImportPlan:
    return ImportPlan(
        tuple(arguments.files), mapping, options, arguments.skip_bad, arguments.duplicates, not arguments.no_undo
    )


def _mapping(arguments: argparse.Namespace, files: Sequence[Path], options: ReadOptions) -> FieldMapping:
    reader, _, sample = look_into(files, options)
    others = LEFT_OUT if arguments.no_others else INTO_METADATA
    constants = dict(_constant(words) for words in arguments.set)
    mapping = guessed_mapping(reader.columns, sample, own=reader.own, others=others, constants=constants)
    changes = {column: field for field, column in map(_pair, arguments.map)}
    return changed_mapping(mapping, changes | dict.fromkeys(arguments.leave_out, LEFT_OUT))


def _check_enough(mapping: FieldMapping) -> None:
    if not mapping.enough:
        raise KnownError(_not_enough(mapping))


def _not_enough(mapping: FieldMapping) -> str:
    columns = ", ".join(f"“{plain(column)}”" for column in mapping.targets)
    return f"No column of {columns} is known as text or key; name one, for example --map text=COLUMN."


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
