"""``memviz entries changes | back``: the history as a list of changes, and the way back."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from memviz.cli.entry_bulk import INITIATOR, report_job
from memviz.cli.entry_format import diff_lines, history_as_dict, moment
from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import plain, print_json, terminal_progress
from memviz.core.edits import ChangeRow
from memviz.core.errors import KnownError
from memviz.session.bulk.going_back import count_differing, take_back_to


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    changes = add_command(commands, "changes", run_changes, summary="all changes, newest first, a line each")
    changes.add_argument("version", metavar="VERSION", nargs="?", help="what this one did to its entries (17 or v17)")
    changes.add_argument("--limit", metavar="N", type=int, default=20, help="at most N (default: 20)")
    changes.add_argument("--before", metavar="VERSION", help="only older ones than this")
    changes.add_argument("--entry", metavar="ID", type=int, help="only of this entry")
    changes.add_argument("--by", metavar="WORDS", default="", help="only where who or what holds these words")
    back = add_command(
        commands,
        "back",
        run_back,
        summary="take the whole memory back to a version",
        description="Makes all entries what they were at a version, as a new change that one undo takes back.",
    )
    back.add_argument("version", metavar="VERSION", help="17 or v17; “memviz entries changes” lists them")
    back.add_argument("--dry-run", action="store_true", help="say how many entries differ, and change nothing")
    for parser in (changes, back):
        add_memory(parser)
        add_json(parser)


def run_changes(arguments: argparse.Namespace) -> int:
    if arguments.limit < 0:
        raise KnownError("--limit must be 0 or more.")
    if arguments.version is not None:
        return _run_one(arguments)
    before = None if arguments.before is None else _version(arguments.before)
    with opened(arguments.memory) as session:
        rows = session.store_call(
            lambda store: store.changes(before, limit=arguments.limit, entry_id=arguments.entry, initiator=arguments.by)
        ).result()
    if arguments.json:
        print_json([asdict(row) for row in rows])
        return 0
    for row in rows:
        print(_line(row))
    if not rows:
        print("(no such change)")
    return 0


def _run_one(arguments: argparse.Namespace) -> int:
    version = _version(arguments.version)
    with opened(arguments.memory) as session:
        rows = session.store_call(lambda store: store.change_entries(version, limit=arguments.limit)).result()
    if arguments.json:
        print_json([history_as_dict(row) for row in rows])
        return 0
    for row in rows:
        for line in diff_lines(row.diff):
            print(line)
    if not rows:
        print("(no such change)")
    return 0


def run_back(arguments: argparse.Namespace) -> int:
    version = _version(arguments.version)
    with opened(arguments.memory) as session:
        if not arguments.dry_run:
            report_job(take_back_to(session, version, INITIATOR, terminal_progress()), arguments)
            return 0
        differing = count_differing(session, version).result()
    if arguments.json:
        print_json({"differing": differing})
    else:
        print(f"{differing:,} {'entry differs' if differing == 1 else 'entries differ'} from version {version}.")
    return 0


def _line(row: ChangeRow) -> str:
    gone = "forgotten" if row.kind == "forget" else "deleted"
    parts = ((row.inserted, "added"), (row.updated, "changed"), (row.deleted, gone))
    did = ", ".join(f"{count:,} {words}" for count, words in parts if count) or "all forgotten"
    what = row.kind if row.target is None else f"{row.kind} of {row.target}"
    undone = ", undone" if row.undone else ""
    who = plain(row.initiator) or "someone"
    return f"version {row.version}  {moment(row.time)}  {what} by {who}: {did}{undone}"


def _version(words: str) -> int:
    number = words.removeprefix("v")
    if not number.isdecimal():
        raise KnownError(f"“{words}” is no version; give a whole number, as “memviz entries changes” lists them.")
    return int(number)
