"""``memviz export``: entries into a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clear_progress, counted, plain, print_json, terminal_progress
from memviz.core.entry import Kind
from memviz.core.filters import Comparison, Condition, Filter
from memviz.exchange.formats import WRITE_FORMATS
from memviz.session.exporting import ExportPlan, run_export
from memviz.session.filter_words import understood

_DESCRIPTION = """\
Writes entries with all their fields into a file: JSON lines, CSV, TSV, Parquet or Markdown, which “memviz import” reads
back as they were. A file that is there is replaced, unless it is a memory. Private entries are left out unless
--private asks for them. In CSV and TSV an apostrophe before =, +, -, @ keeps spreadsheets from taking a text for a
formula; the import takes it away again.
"""

_EPILOG = """\
--redact writes what can be shown to others: owners become “person 1”, e-mail addresses, phone, card and ID numbers are
taken out, and with --private the texts of private entries become “[private]”. Patterns find most of these and not all:
look through the file.

examples:
  memviz export notes.jsonl --memory notes.sqlite
  memviz export shared.csv --memory notes.sqlite --owner ann --redact
  memviz export trusted.csv --memory notes.sqlite --where 'confidence>=0.5 -tag:draft'
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "export",
        run,
        summary="export entries of a memory into a file",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    add_memory(parser)
    parser.add_argument("--format", choices=WRITE_FORMATS, default="", help="(default: as the file’s ending says)")
    parser.add_argument("--private", action="store_true", help="private entries too")
    parser.add_argument("--redact", action="store_true", help="replace private texts, owners, addresses and numbers")
    which = parser.add_argument_group("which entries (default: all)")
    which.add_argument("--ids", metavar="ID", nargs="+", type=int, help="these")
    which.add_argument("--search", metavar="WORDS", default="", help="that hold all of the words")
    which.add_argument(
        "--where", metavar="CONDITIONS", default="", help="of which all conditions hold, as in “memviz entries list”"
    )
    which.add_argument("--owner", help="of this owner")
    which.add_argument("--tag", metavar="TAG", action="append", default=[], help="with this tag")
    which.add_argument("--kind", choices=[str(kind) for kind in Kind])
    which.add_argument("--source", help="whose source holds this")
    which.add_argument("--enabled", action=argparse.BooleanOptionalAction, help="that can be recalled, or not")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    asked = understood(arguments.where)
    plan = ExportPlan(
        arguments.file,
        arguments.format,
        None if arguments.ids is None else tuple(dict.fromkeys(arguments.ids)),
        f"{arguments.search} {asked.words}".strip(),
        (*asked.where, *_where(arguments)),
        arguments.private,
        arguments.redact,
    )
    with opened(arguments.memory) as session:
        try:
            done = run_export(session, plan, terminal_progress())
        finally:
            clear_progress()
    if arguments.json:
        told = {"path": str(done.path), "entries": done.entries, "left_out": done.left_out}
        print_json({**told, "redacted": dict(done.redacted)})
        return 0
    print(f"Exported {counted(done.entries, 'entry', 'entries')} to {plain(str(done.path))}.")
    if done.left_out:
        print(f"Left out {counted(done.left_out, 'private entry', 'private entries')}; --private exports them too.")
    if arguments.redact:
        taken = ", ".join(f"{count:,} × {name}" for name, count in sorted(done.redacted.items()))
        print(f"Redacted: {taken or 'nothing was found'}. Look through the file before you share it.")
    return 0


def _where(arguments: argparse.Namespace) -> Filter:
    conditions = [Condition("tags", Comparison.IS, tag) for tag in arguments.tag]
    if arguments.owner is not None:
        conditions.append(Condition("owner", Comparison.IS, arguments.owner))
    if arguments.kind is not None:
        conditions.append(Condition("kind", Comparison.IS, arguments.kind))
    if arguments.source is not None:
        conditions.append(Condition("source", Comparison.CONTAINS, arguments.source))
    if arguments.enabled is not None:
        conditions.append(Condition("enabled", Comparison.IS, arguments.enabled))
    return tuple(conditions)
