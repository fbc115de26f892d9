"""``memviz entries add | set | delete | enable | disable | undo | redo``: writing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from memviz.cli.entry_fields import add_fields, given_fields
from memviz.cli.entry_format import change_as_dict, change_sentence
from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import print_json
from memviz.core.edits import Change, Delete, Edit, Insert, Update
from memviz.core.entry import EDITABLE_FIELDS
from memviz.core.errors import KnownError
from memviz.core.facts import render
from memviz.core.memory import Store
from memviz.stores.triples import read_triples

_INITIATOR = "command line"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = add_command(commands, "add", run_add, summary="add one entry, or the facts of a file")
    add.add_argument("--facts", metavar="FILE", type=Path, help="one entry per subject and relation of its triples")
    add_fields(add)
    add.add_argument("--create", action="store_true", help="make the memory where there is none")
    change = add_command(commands, "set", run_set, summary="change fields of one entry")
    change.add_argument("id", type=int)
    add_fields(change)
    only = change.add_mutually_exclusive_group()
    only.add_argument(
        "--if-version", metavar="N", type=int, help="only where nobody has changed the entry since version N"
    )
    only.add_argument(
        "--if-updated",
        metavar="SECONDS",
        type=float,
        help="only where it was last edited at this time (“updated” of --json)",
    )
    delete = add_command(commands, "delete", run_delete, summary="delete entries (undo brings them back)")
    enable = add_command(commands, "enable", run_enable, summary="let entries be recalled again")
    disable = add_command(commands, "disable", run_disable, summary="keep entries, but don't recall them")
    for parser in (delete, enable, disable):
        parser.add_argument("ids", type=int, nargs="+", metavar="id")
    undo = add_command(commands, "undo", run_undo, summary="take back the newest edit")
    redo = add_command(commands, "redo", run_redo, summary="do again what was taken back last")
    for parser in (add, change, delete, enable, disable, undo, redo):
        add_memory(parser)
        add_json(parser)


def run_add(arguments: argparse.Namespace) -> int:
    fields = given_fields(arguments)
    if arguments.facts is None:
        return _edit(arguments, [Insert(**fields)], create=arguments.create)
    if "key" in fields or "text" in fields:
        raise KnownError("The facts of a file have their own keys and texts; leave out --key and --text.")
    rendered = [render(fact) for fact in read_triples(arguments.facts)]
    return _edit(arguments, [Insert(key=key, text=text, **fields) for key, text in rendered], create=arguments.create)


def run_set(arguments: argparse.Namespace) -> int:
    fields = given_fields(arguments)
    if not fields:
        raise KnownError("Name at least one field to set, for example --text “…”; --help lists them.")
    if arguments.if_version is None:
        seen = {} if arguments.if_updated is None else {"updated": arguments.if_updated}
        return _edit(arguments, [Update(arguments.id, seen=seen, **fields)])
    with opened(arguments.memory) as session:
        job = session.edit_from(
            lambda store: [Update(arguments.id, seen=_as_of(store, arguments), **fields)], _INITIATOR
        )
        return _report(job.result(), arguments)


def _as_of(store: Store, arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of the entry at the version that the user saw. Store thread."""
    snapshot = store.snapshot(arguments.if_version)
    try:
        found = snapshot.get([arguments.id])
    finally:
        snapshot.close()
    if not found:
        raise KnownError(
            f"There was no entry {arguments.id} at version {arguments.if_version}; name the version that you saw it at."
        )
    return {name: getattr(found[0], name) for name in EDITABLE_FIELDS}


def run_delete(arguments: argparse.Namespace) -> int:
    return _edit(arguments, [Delete(entry_id) for entry_id in dict.fromkeys(arguments.ids)])


def run_enable(arguments: argparse.Namespace) -> int:
    return _edit(arguments, [Update(entry_id, enabled=True) for entry_id in dict.fromkeys(arguments.ids)])


def run_disable(arguments: argparse.Namespace) -> int:
    return _edit(arguments, [Update(entry_id, enabled=False) for entry_id in dict.fromkeys(arguments.ids)])


def run_undo(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        return _report(session.undo(_INITIATOR), arguments, "There is nothing to undo.")


def run_redo(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        return _report(session.redo(_INITIATOR), arguments, "There is nothing to redo.")


def _edit(arguments: argparse.Namespace, edits: list[Edit], *, create: bool = False) -> int:
    with opened(arguments.memory, create=create) as session:
        return _report(session.edit(*edits, initiator=_INITIATOR), arguments)


def _report(change: Change | None, arguments: argparse.Namespace, nothing: str = "") -> int:
    if arguments.json:
        print_json(change_as_dict(change))
    else:
        print(nothing if change is None else change_sentence(change))
    return 0
