"""``memviz conflicts``: entries that contradict each other, and who wins."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from memviz.cli.entry_format import change_as_dict, entry_as_dict, moment
from memviz.cli.loading import opened, settled
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clear_progress, clipped, plain, print_json, terminal_progress
from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.recall_settings import ConflictPolicy, RecallSettings
from memviz.recall.conflicts import Conflict, policy_for
from memviz.session import recalling, settling
from memviz.session.claims_by_model import find_claims
from memviz.session.session import Session

#: Policies that decide who wins.
DECIDING = (ConflictPolicy.NEWEST, ConflictPolicy.CONFIDENT, ConflictPolicy.SOURCES)

_EPILOG = """\
“memviz entries undo” takes a settlement back.

examples:
  memviz conflicts --memory notes.sqlite
  memviz conflicts "Ann · birthday" --policy confident --settle --memory notes.sqlite
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "conflicts",
        run,
        summary="entries that claim different values for the same thing",
        description="Entries that claim different values for the same subject and attribute, and who wins.",
        epilog=_EPILOG,
    )
    parser.add_argument("about", nargs="?", metavar="TOPIC", default="", help="only those whose topic holds this text")
    parser.add_argument(
        "--policy", choices=[policy.value for policy in DECIDING], help="who wins (default: as the memory says)"
    )
    parser.add_argument(
        "--by-model",
        metavar="M",
        help="first let this model say what entries claim whose key and pattern do not tell it; kept with the entries",
    )
    parser.add_argument("--settle", action="store_true", help="mark the losers as superseded, in one edit")
    parser.add_argument("--all", action="store_true", help="settled ones too")
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="show at most N (default: 50)")
    add_memory(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.limit < 0:
        raise KnownError("--limit must be 0 or more.")
    policy = ConflictPolicy(arguments.policy) if arguments.policy else None
    with opened(arguments.memory) as session:
        if arguments.by_model:
            _find_claims(session, arguments.by_model)
        settings = recalling.recall_settings(session).result()
        found = _found(session, arguments.about)
        shown = [one for one in found if arguments.all or not one.settled]
        change = _settle(session, shown, policy, settings) if arguments.settle else None
    if arguments.json:
        conflicts = [_as_dict(one, policy or policy_for(one, settings)) for one in shown[: arguments.limit]]
        told = {"count": len(shown), "open": sum(not one.settled for one in shown), "conflicts": conflicts}
        print_json({**told, "change": change_as_dict(change)} if arguments.settle else told)
        return 0
    for one in shown[: arguments.limit]:
        _print(one, policy or policy_for(one, settings))
    if len(shown) > arguments.limit:
        print(f"({arguments.limit:,} of {len(shown):,} conflicts; more with --limit)")
    if not shown:
        print("(no conflict)" if not found else "(no open conflict; --all shows the settled ones)")
    if change is not None:
        count = len(change.updated)
        words = "entry is" if count == 1 else "entries are"
        print(f"{count:,} {words} superseded now; “memviz entries undo” takes it back." if count else _unsettled(found))
    return 0


def _unsettled(found: list[Conflict]) -> str:
    """Why settling changed nothing."""
    if not found:
        return "Nothing was changed: there is nothing to settle."
    if all(one.settled for one in found):
        return (
            "Nothing was changed: all is settled already; to decide it anew, take that back first, with “memviz entries"
            " set ID --superseded-by none” or in the window."
        )
    return "Nothing was changed: somebody else changed these entries meanwhile; look at them again."


def _find_claims(session: Session, model: str) -> None:
    settled(session.load_model(model))
    try:
        found = find_claims(session, terminal_progress())
    finally:
        clear_progress()
    print(f"{found.found:,} of {found.asked:,} unclear entries claim something, says the model.", file=sys.stderr)


def _found(session: Session, about: str) -> list[Conflict]:
    try:
        found = recalling.memory_conflicts(session, terminal_progress()).result()
    finally:
        clear_progress()
    return [one for one in found if about.casefold() in one.name.casefold()]


def _settle(
    session: Session, conflicts: list[Conflict], policy: ConflictPolicy | None, settings: RecallSettings
) -> Change:
    undecided = [one for one in conflicts if not one.settled and (policy or policy_for(one, settings)) not in DECIDING]
    if policy is None and undecided and len(undecided) == sum(not one.settled for one in conflicts):
        raise KnownError("This memory’s policy decides nothing; add --policy newest, confident or sources.")
    return settling.settle(session, conflicts, policy, "command line").result()


def _as_dict(conflict: Conflict, policy: ConflictPolicy) -> dict[str, Any]:
    kept = {entry.id for entry in conflict.kept(policy)}
    return {
        "topic": conflict.name,
        "settled": conflict.settled,
        "policy": policy.value,
        "entries": [{**entry_as_dict(entry), "recalled": entry.id in kept} for entry in conflict.entries],
    }


def _print(conflict: Conflict, policy: ConflictPolicy) -> None:
    kept = {entry.id for entry in conflict.kept(policy)}
    print(f"{plain(conflict.name)}   ({'settled' if conflict.settled else 'open'}, policy {policy})")
    for entry in conflict.entries:
        mark = f"→ {entry.superseded_by}" if entry.id in conflict.decided else "✓" if entry.id in kept else "✗"
        facts = ", ".join(filter(None, (entry.source, moment(entry.updated), f"confidence {entry.confidence:g}")))
        print(f"  {mark:<8} {entry.id:>8}  {clipped(plain(entry.text), 90)}   ({plain(facts)})")
