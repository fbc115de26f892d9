"""``memviz why``: why a question does not recall an entry, and what would bring it back."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from memviz.cli.loading import opened
from memviz.cli.options import add_as_of, add_command, add_json, add_memory
from memviz.cli.output import clipped, plain, print_json
from memviz.cli.query_options import given_as_of
from memviz.cli.recall import bill_words
from memviz.cli.recall_options import RECALL_HELP, add_recall_options, with_recall
from memviz.core.decay import Decay
from memviz.core.past import asked_of
from memviz.core.query import Query
from memviz.core.recall_settings import RecallSettings
from memviz.core.why_not import Remedy
from memviz.session.checks import checked_query
from memviz.session.explaining import Explained, explain

_DESCRIPTION = """\
Says why recall does not inject an entry for a question, with the figures that decide, and the smallest changes of one
setting that would bring it back. Each was tried before it is told. Whether the prompt of a model has room for what is
recalled, the window says, and “memviz ask --json”.
"""

_EPILOG = f"""\
With --json, one object is printed:
  query, memory (url, version), entry (id, key, text), recalled, cause (one word), reason (one sentence), ranks (its
  exact rank by words: lexical, by vectors: dense), score, parts
  remedies   smallest change first: words, setting, before, after, kind (query, recall or edit)

{RECALL_HELP}
examples:
  memviz why "who directed Blade Runner?" --entry 47148
  memviz why "who directed Blade Runner?" --entry 47148 --limit 3 --json
  memviz why "who directed Blade Runner?" --entry 47148 --as-of v1
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "why",
        run,
        summary="why a question does not recall an entry",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("query", help="the question")
    parser.add_argument("--entry", metavar="ID", type=int, required=True, help="the entry")
    add_memory(parser)
    add_as_of(parser, "look at the memory as it was, or will be if nothing changes,")
    add_json(parser)
    add_recall_options(parser)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        asked = Query(arguments.query, as_of=given_as_of(arguments))
        query = checked_query(with_recall(asked, arguments, session), {})
        explained = explain(session, query, arguments.entry).result()
    if arguments.json:
        print_json(_as_dict(query, explained))
    else:
        _print(query, explained)
    return 0


def _as_dict(query: Query, explained: Explained) -> dict[str, Any]:
    entry, found = explained.entry, explained.why_not
    return {
        "query": query.text,
        "memory": {"url": explained.url, "version": explained.version},
        "entry": {"id": entry.id, "key": entry.key, "text": entry.text},
        "recalled": found.recalled,
        "cause": found.cause,
        "reason": found.reason,
        "ranks": found.ranks,
        "score": found.score,
        "parts": found.parts,
        "remedies": [_remedy(remedy) for remedy in found.remedies],
    }


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {
        "words": remedy.words,
        "setting": remedy.setting,
        "before": _json(remedy.before),
        "after": _json(remedy.after),
        "kind": kind_of(remedy),
    }


def kind_of(remedy: Remedy) -> str:
    """What a remedy changes: the entry (``edit``), a setting of recall (``recall``), or the question (``query``)."""
    if remedy.edit is not None:
        return "edit"
    return "recall" if remedy.setting in RecallSettings.__dataclass_fields__ else "query"


def _json(value: Any) -> Any:
    """In types that JSON has."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(name): _json(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_json(each) for each in value]
    if isinstance(value, Decay):
        return {name: _json(getattr(value, name)) for name in Decay.__dataclass_fields__}
    return value


def _print(query: Query, explained: Explained) -> None:
    entry, found = explained.entry, explained.why_not
    if query.as_of is not None:
        print(f"memviz: {asked_of(explained.version, explained.count)}", file=sys.stderr)
    print(f"entry {entry.id}: {clipped(plain(entry.text or entry.key), 100)}")
    print(plain(found.reason))
    if found.ranks:
        named = {"lexical": "by words", "dense": "by vectors"}
        print("exact rank: " + ", ".join(f"{rank:,} {named.get(name, name)}" for name, rank in found.ranks.items()))
    if found.score is not None:
        print(f"score {found.score:.2f} = {bill_words(found.parts)}")
    if found.remedies:
        print(f"\nEach of these changes brings it back{', asked as of then' if query.as_of is not None else ''}:")
    for remedy in found.remedies:
        print(f"  {plain(remedy.words)}")
