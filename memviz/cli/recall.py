"""``memviz recall``: what a question recalls, as a bill, without a model."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from memviz.cli.loading import opened
from memviz.cli.options import add_as_of, add_command, add_json, add_memory
from memviz.cli.output import clipped, plain, print_json
from memviz.cli.query_options import given_as_of
from memviz.cli.recall_options import RECALL_HELP, add_recall_options, with_recall
from memviz.core.entry import Entry
from memviz.core.events import Candidate
from memviz.core.query import Query
from memviz.session.checks import checked_query
from memviz.session.ledger import summary
from memviz.session.recalling import Recalled, recall_only

_DESCRIPTION = "Prints every entry that recall looks at for a question, how its score adds up, and why it is cut."

_EPILOG = f"""\
With --json, one object is printed:
  query, memory (url, version), metric, terms, note, seconds
  candidates  best first: id, key, text, rank, score, parts (they add up to the score), found (rank by words: lexical,
              by vectors: dense), status (injected or cut), cause (one word), reason, details, conflicts (ids)

{RECALL_HELP}
examples:
  memviz recall "who directed Blade Runner?"
  memviz recall "who directed Blade Runner?" --limit 3 --recall confidence=0.5 --json
  memviz recall "who directed Blade Runner?" --as-of v1
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "recall", run, summary="what a question recalls, as a bill", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("query", help="the question")
    add_memory(parser)
    add_as_of(parser, "recall from the memory as it was, or will be if nothing changes,")
    add_json(parser)
    add_recall_options(parser)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        asked = Query(arguments.query, as_of=given_as_of(arguments))
        query = checked_query(with_recall(asked, arguments, session), {})
        recalled = recall_only(session, query).result()
        if arguments.json:
            print_json(_as_dict(query, recalled, session.memory_url))
        else:
            _print(recalled)
    return 0


def _as_dict(query: Query, recalled: Recalled, url: str) -> dict[str, Any]:
    event = recalled.event
    return {
        "query": query.text,
        "memory": {"url": url, "version": event.version},
        "metric": event.metric,
        "terms": list(event.terms),
        "note": event.note,
        "seconds": event.seconds,
        "candidates": [_candidate(one, recalled.entries.get(one.entry_id)) for one in event.candidates],
    }


def _candidate(one: Candidate, entry: Entry | None) -> dict[str, Any]:
    return {
        "id": one.entry_id,
        "key": entry.key if entry is not None else "",
        "text": entry.text if entry is not None else "",
        "rank": one.rank,
        "score": one.score,
        "parts": dict(one.parts),
        "found": dict(one.found),
        "status": one.status,
        "cause": one.cause,
        "reason": one.reason,
        "details": dict(one.details),
        "conflicts": list(one.conflicts),
    }


def _print(recalled: Recalled) -> None:
    event = recalled.event
    if event.candidates:
        print(" rank    score  status       entry")
    for one in event.candidates:
        entry = recalled.entries.get(one.entry_id)
        status = one.cause or one.status
        print(
            f"{one.rank:5d} {one.score:8.2f}  {status:11}  {one.entry_id}: "
            f"{clipped(plain(entry.text if entry is not None else ''), 90)}"
        )
        print(f"{'':15} = {bill_words(one.parts)}{_more(one)}")
    print(plain("; ".join(summary(event, event.candidates))), file=sys.stderr)


def bill_words(parts: Mapping[str, float]) -> str:
    """``bm25 6.31 + subject 2.00``."""
    return " + ".join(f"{name} {value:.2f}" for name, value in parts.items()) or "0"


def _more(one: Candidate) -> str:
    """What is to be said beside the parts: other claims, and why it was cut."""
    said: Sequence[str] = [
        *([f"disagrees with {', '.join(map(str, one.conflicts))}"] if one.conflicts else []),
        *([one.reason] if one.reason else []),
    ]
    return f"; {plain('; '.join(said))}" if said else ""
