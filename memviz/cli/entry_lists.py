"""``memviz entries list | search | show | history``: reading."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from typing import Any

from memviz.cli.entry_format import change_line, diff_lines, entry_as_dict, entry_line, field_lines, history_as_dict
from memviz.cli.loading import opened
from memviz.cli.options import add_as_of, add_command, add_json, add_memory
from memviz.cli.output import print_json
from memviz.cli.query_options import as_of
from memviz.core.edits import HistoryRow
from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.core.errors import KnownError
from memviz.core.memory import Store


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listing = add_command(commands, "list", run_list, summary="entries in order")
    _add_page(listing)
    add_as_of(listing, "those that were there")
    search = add_command(
        commands,
        "search",
        run_list,
        summary="entries that hold all of the words",
        description="Entries that hold all of the words, the last one also as the beginning of a word.",
    )
    search.add_argument("text", nargs="+", metavar="WORD")
    _add_page(search)
    show = add_command(commands, "show", run_show, summary="all fields of one entry")
    show.add_argument("id", type=int)
    add_as_of(show, "as it was")
    history = add_command(commands, "history", run_history, summary="what was changed, newest first")
    history.add_argument("id", type=int, nargs="?", help="only of this entry")
    history.add_argument("--limit", metavar="N", type=int, default=20, help="at most N (default: 20)")
    for parser in (listing, search, show, history):
        add_memory(parser)
        add_json(parser)


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="at most N (default: 50)")
    parser.add_argument("--offset", metavar="N", type=int, default=0, help="leave out the first N")
    parser.add_argument("--sort", choices=ENTRY_FIELDS, default="id", metavar="FIELD", help="(default: id)")
    parser.add_argument("--descending", action="store_true", help="largest first")


def run_list(arguments: argparse.Namespace) -> int:
    if arguments.limit < 0 or arguments.offset < 0:
        raise KnownError("--limit and --offset must be 0 or more.")
    when = getattr(arguments, "as_of", None)
    if when is not None and (arguments.sort != "id" or arguments.descending):
        raise KnownError("With --as-of entries are listed by id; leave out --sort and --descending.")

    def read(store: Store) -> tuple[int, list[Entry]]:
        if when is not None:
            return _page_as_of(store, as_of(when), arguments.offset, arguments.limit)
        text = " ".join(getattr(arguments, "text", ()))
        ids = store.search_ids(text, sort=arguments.sort, descending=arguments.descending)
        page = [int(entry_id) for entry_id in ids[arguments.offset : arguments.offset + arguments.limit]]
        return len(ids), store.get(page)

    with opened(arguments.memory) as session:
        total, entries = session.store_call(read).result()
    if arguments.json:
        print_json([entry_as_dict(entry) for entry in entries])
        return 0
    _print_lines(entry_line(entry) for entry in entries)
    if total != len(entries):
        print(f"({len(entries):,} of {total:,} entries; more with --limit and --offset)")
    elif not entries:
        print("(no entry)")
    return 0


def _page_as_of(store: Store, when: int | float, offset: int, limit: int) -> tuple[int, list[Entry]]:
    with closing(store.snapshot(when)) as snapshot:
        return snapshot.count, list(islice(snapshot.scan(), offset, offset + limit))


def _entry_as_of(store: Store, when: int | float, entry_id: int) -> Entry:
    with closing(store.snapshot(when)) as snapshot:
        found = snapshot.get([entry_id])
    if not found:
        raise KnownError(f"The memory had no entry {entry_id} then; look for it at another version or time.")
    return found[0]


def run_show(arguments: argparse.Namespace) -> int:
    when = as_of(arguments.as_of) if arguments.as_of is not None else None
    with opened(arguments.memory) as session:
        if when is None:
            entry = session.entry(arguments.id)
        else:
            entry = session.store_call(lambda store: _entry_as_of(store, when, arguments.id)).result()
    if arguments.json:
        print_json(entry_as_dict(entry))
    else:
        _print_lines(field_lines(entry))
    return 0


def run_history(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        rows = session.history(arguments.id, limit=arguments.limit)
    if arguments.json:
        print_json([history_as_dict(row) for row in rows])
        return 0
    _print_lines(_history_lines(rows))
    if not rows:
        print("(nothing was changed)")
    return 0


def _history_lines(rows: list[HistoryRow]) -> Iterable[str]:
    for row in rows:
        yield change_line(row)
        yield from diff_lines(row.diff)


def _print_lines(lines: Iterable[Any]) -> None:
    for line in lines:
        print(line)
