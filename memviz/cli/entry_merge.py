"""``memviz entries merge | duplicates``: several entries into one, and which could be."""

from __future__ import annotations

import argparse
from contextlib import closing

from memviz.cli.entry_bulk import INITIATOR, report_job
from memviz.cli.entry_format import entry_line
from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clear_progress, counted, print_json, terminal_progress
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.session.bulk.desk import BulkDesk
from memviz.session.bulk.duplicates import Duplicates, Sameness
from memviz.session.bulk.merging import Keep, Merge, kept_by, merge, merge_groups
from memviz.session.bulk.work import BulkJob
from memviz.session.session import Session

_MERGE = "merge"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    merging = add_command(
        commands,
        "merge",
        run_merge,
        summary="make several entries one",
        description="One entry stays: it gets the tags, sources and evidence of the others, and the greatest"
        " confidence. The others stay in the memory, superseded by it. One undo takes it back.",
    )
    merging.add_argument("ids", metavar="ID", type=int, nargs="+", help="two or more")
    merging.add_argument("--into", metavar="ID", type=int, help="the one that stays (default: see --keep)")
    merging.add_argument("--keep", choices=[str(keep) for keep in Keep], default="newest", help="(default: newest)")
    text = merging.add_mutually_exclusive_group()
    text.add_argument("--text", help="what it says from now on (default: what it says)")
    text.add_argument("--join", metavar="BETWEEN", help="join all texts, with this between them")
    finding = add_command(
        commands,
        "duplicates",
        run_duplicates,
        summary="entries that say the same or nearly, and what to do with them",
        description="Finds entries that say the same, whatever their case and marks, or nearly the same.",
    )
    finding.add_argument(
        "--likeness", metavar="0.6..1", type=float, default=0.8, help="how alike (default: 0.8; 1: equal texts only)"
    )
    finding.add_argument("--limit", metavar="N", type=int, default=20, help="show at most N groups (default: 20)")
    finding.add_argument(
        "--settle",
        choices=[*(str(keep) for keep in Keep), _MERGE],
        help="of every group keep the newest or the surest entry, or merge all into the newest",
    )
    for parser in (merging, finding):
        parser.add_argument("--delete", action="store_true", help="delete the others; else they are superseded")
        add_memory(parser)
        add_json(parser)


def run_merge(arguments: argparse.Namespace) -> int:
    ids = tuple(dict.fromkeys(arguments.ids))
    with opened(arguments.memory) as session:
        into = arguments.into
        if into is None:
            entries = session.store_call(lambda store: store.get(ids)).result()
            if not entries:
                raise KnownError("The memory has none of these entries; look for their ids with a search.")
            into = kept_by(entries, Keep(arguments.keep)).id
        group = Merge(ids, into, text=arguments.text, join=arguments.join, delete=arguments.delete)
        report_job(merge(session, [group], INITIATOR, terminal_progress()), arguments)
    return 0


def run_duplicates(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        seen_at = session.store_call(lambda store: store.version).result()
        found = _found(session, arguments.likeness)
        if arguments.settle is not None:
            report_job(_settled(session, found, seen_at, arguments), arguments)
            return 0
        shown = found.groups[: max(0, arguments.limit)]
        ids = [entry_id for group in shown for entry_id in group.ids]
        entries = {entry.id: entry for entry in session.store_call(lambda store: store.get(ids)).result()}
    if arguments.json:
        print_json(
            [
                {"ids": list(group.ids), "sameness": str(group.sameness), "likeness": round(group.likeness, 4)}
                for group in shown
            ]
        )
        return 0
    _print_groups(found, arguments.limit, entries)
    return 0


def _found(session: Session, likeness: float) -> Duplicates:
    with closing(BulkDesk(session)) as desk:
        try:
            return desk.duplicates(likeness, terminal_progress()).result()
        finally:
            clear_progress()


def _settled(session: Session, found: Duplicates, seen_at: int, arguments: argparse.Namespace) -> BulkJob:
    if not found.groups:
        raise KnownError("No two entries say the same, so there is nothing to settle.")
    keep = Keep.NEWEST if arguments.settle == _MERGE else Keep(arguments.settle)
    ids = [entry_id for group in found.groups for entry_id in group.ids]

    def merges(entries: dict[int, Entry]) -> list[Merge]:
        return [
            Merge(
                group.ids,
                kept_by([entries[entry_id] for entry_id in group.ids], keep).id,
                take_over=arguments.settle == _MERGE,
                delete=arguments.delete,
            )
            for group in found.groups
        ]

    return merge_groups(session, ids, merges, INITIATOR, terminal_progress(), seen_at=seen_at)


def _print_groups(found: Duplicates, limit: int, entries: dict[int, Entry]) -> None:
    for group in found.groups[: max(0, limit)]:
        alike = f", {group.likeness:.0%} alike" if group.sameness is Sameness.NEAR else ""
        print(f"{group.sameness}{alike}:")
        for entry_id in group.ids:
            if entry_id in entries:
                print(f"  {entry_line(entries[entry_id])}")
    count = sum(len(group.ids) for group in found.groups)
    groups = counted(len(found.groups), "group")
    print(f"({groups} of {count:,} entries, of {found.looked_at:,} in all; --settle does something about them)")
