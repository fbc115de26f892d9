"""``memviz entries list | search | show | history``: reading."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from memviz.cli.entry_format import (
    change_line,
    diff_lines,
    entry_as_dict,
    entry_line,
    field_lines,
    forgetting_line,
    history_as_dict,
)
from memviz.cli.loading import opened
from memviz.cli.options import add_as_of, add_command, add_json, add_memory
from memviz.cli.output import print_json
from memviz.cli.query_options import given_as_of
from memviz.core.edits import HistoryRow
from memviz.core.entry import ENTRY_FIELDS, Entry
from memviz.core.errors import KnownError
from memviz.core.filters import Filter
from memviz.core.forgetting import CanForget, Told
from memviz.core.memory import Store
from memviz.core.snapshot import TableSnapshot
from memviz.session.filter_words import Asked, understood
from memviz.session.saved_filters import saved_filter

#: A store has no order of metadata.
_SORTS = (*(name for name in ENTRY_FIELDS if name != "metadata"), "embedded")


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
    parser.add_argument("--sort", choices=_SORTS, default="id", metavar="FIELD", help="(default: id)")
    parser.add_argument("--descending", action="store_true", help="largest first")
    parser.add_argument(
        "--where",
        metavar="CONDITIONS",
        default="",
        help="only those of which all conditions hold, for example 'owner:ann expired:yes confidence>=0.5 -tag:work';"
        " “:” is, “~” contains, a minus not;"
        " where a minus comes first, --where='-tag:work'",
    )
    parser.add_argument("--filter", metavar="NAME", default="", help="only what a filter saved in the memory lets in")


def run_list(arguments: argparse.Namespace) -> int:
    if arguments.limit < 0 or arguments.offset < 0:
        raise KnownError("--limit and --offset must be 0 or more.")
    when = given_as_of(arguments)
    asked = understood(arguments.where)

    def read(store: Store) -> tuple[int, list[Entry]]:
        saved = understood(saved_filter(store.settings, arguments.filter)) if arguments.filter else Asked("", ())
        text = " ".join([*getattr(arguments, "text", ()), *(words for words in (asked.words, saved.words) if words)])
        if when is None:
            return page_of(store, text, (*asked.where, *saved.where))
        with closing(store.snapshot(when)) as snapshot:
            return page_of(snapshot, text, (*asked.where, *saved.where))

    def page_of(view: Store | TableSnapshot, text: str, where: Filter) -> tuple[int, list[Entry]]:
        ids = view.search_ids(text, sort=arguments.sort, descending=arguments.descending, where=where)
        page = [int(entry_id) for entry_id in ids[arguments.offset : arguments.offset + arguments.limit]]
        return len(ids), view.get(page)

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


def _entry_as_of(store: Store, when: int | float, entry_id: int) -> Entry:
    with closing(store.snapshot(when)) as snapshot:
        found = snapshot.get([entry_id])
    if not found:
        raise KnownError(f"The memory had no entry {entry_id} then; look for it at another version or time.")
    return found[0]


def run_show(arguments: argparse.Namespace) -> int:
    when = given_as_of(arguments)
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
        forgettings = session.store_call(_forgettings).result() if arguments.id is None else []
    if arguments.json:
        print_json([history_as_dict(row) for row in rows])
        return 0
    _print_lines(_history_lines(rows, forgettings))
    if not rows and not forgettings:
        print("(nothing was changed)")
    return 0


def _forgettings(store: Store) -> list[Told]:
    return store.forgetting.told() if isinstance(store, CanForget) else []


def _history_lines(rows: list[HistoryRow], forgettings: list[Told]) -> Iterable[str]:
    left = list(forgettings)
    for row in rows:
        while left and left[0].version > row.version:
            yield forgetting_line(left.pop(0))
        yield change_line(row)
        yield from diff_lines(row.diff)
    yield from map(forgetting_line, left)


def _print_lines(lines: Iterable[Any]) -> None:
    for line in lines:
        print(line)
