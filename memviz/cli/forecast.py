"""``memviz forecast``: what questions will no longer recall."""

from __future__ import annotations

import argparse
import math
from typing import Any

from memviz.cli.entry_format import moment
from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clipped, plain, print_json
from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.session import recalling
from memviz.session.fading import fades_at

_LONGEST = 1_000_000


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "forecast",
        run,
        summary="what questions will no longer recall in days to come",
        description="What questions will no longer recall when the memory stays as it is and nobody uses it.",
    )
    parser.add_argument(
        "questions", nargs="*", metavar="QUESTION", help="what to ask (default: the questions pinned to the memory)"
    )
    parser.add_argument(
        "--days",
        metavar="N",
        type=int,
        nargs="+",
        default=list(recalling.FORECAST_DAYS),
        help=f"days ahead (default: {' '.join(map(str, recalling.FORECAST_DAYS))})",
    )
    parser.add_argument("--limit", metavar="N", type=int, default=Query("x").limit, help="entries at most, as in ask")
    parser.add_argument("--pin", action="store_true", help="pin the questions to the memory")
    add_memory(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    if any(not 0 < days <= _LONGEST for days in arguments.days):
        raise KnownError(f"--days must be from 1 to {_LONGEST:,}.")
    if arguments.limit < 1:
        raise KnownError("--limit must be 1 or more.")
    with opened(arguments.memory) as session:
        pinned = recalling.pinned_questions(session).result()
        questions = arguments.questions or pinned
        if not questions:
            raise KnownError("No question is pinned to this memory; name one, and add --pin to keep it.")
        if arguments.pin:
            recalling.pin_questions(session, arguments.questions).result()
        settings = recalling.recall_settings(session).result()
        queries = [Query(text, limit=arguments.limit) for text in questions]
        told = recalling.forecast(session, queries, sorted(set(arguments.days))).result()
    if arguments.json:
        print_json([_as_dict(one, settings) for one in told])
        return 0
    for one in told:
        _print(one, settings)
    return 0


def _as_dict(one: recalling.Forecast, settings: RecallSettings) -> dict[str, Any]:
    lost = {
        str(days): [
            {"id": entry.id, "key": entry.key, "reason": reason, "fades": _finite(fades_at(entry, settings))}
            for entry, reason in entries
        ]
        for days, entries in one.lost.items()
    }
    return {"question": one.question, "recalled": list(one.now.injected), "lost": lost}


def _finite(when: float) -> float | None:
    return when if math.isfinite(when) else None


def _print(one: recalling.Forecast, settings: RecallSettings) -> None:
    count = len(one.now.injected)
    print(f"{plain(one.question)}   (recalls {count} {'entry' if count == 1 else 'entries'} now)")
    told: set[int] = set()
    for days, entries in one.lost.items():
        print(f"  in {days:,} days: {f'{len(entries)} lost' if entries else 'nothing lost'}")
        for entry, reason in entries:
            if entry.id in told:
                continue  # it is lost already
            told.add(entry.id)
            when = fades_at(entry, settings)
            date = f"below the least {moment(when)}; " if math.isfinite(when) else ""
            print(f"    {entry.id:>8}  {clipped(plain(entry.text or entry.key), 80)}   ({date}{plain(reason)})")
