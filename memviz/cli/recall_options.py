"""How a question recalls, as ``ask``, ``recall`` and ``why`` take it on the command line."""

from __future__ import annotations

import argparse
from dataclasses import replace

from memviz.cli.loading import settled
from memviz.cli.output import terminal_progress
from memviz.core.query import Query
from memviz.session.recall_words import HELP, parse_recall
from memviz.session.recalling import recall_settings
from memviz.session.session import Session

_DEFAULTS = Query("")

RECALL_HELP = f"""\
--recall takes a setting of recall and its value, for this question only; what is not named is as the memory keeps it.
{HELP}"""


def add_recall_options(parser: argparse.ArgumentParser) -> None:
    """``--recall``, ``--pin``, ``--limit`` and ``--least-share``."""
    group = parser.add_argument_group("recall")
    group.add_argument(
        "--limit", metavar="N", type=int, default=_DEFAULTS.limit, help="at most N entries (default: %(default)s)"
    )
    group.add_argument(
        "--least-share",
        metavar="S",
        type=float,
        default=_DEFAULTS.least_share,
        help="cut entries that score less than this share of the best; 0 cuts none (default: %(default)s)",
    )
    group.add_argument(
        "--recall", metavar="KEY=VALUE", action="append", default=[], help="a setting of recall; may be repeated"
    )
    group.add_argument(
        "--embedder",
        metavar="E",
        help="whose vectors are searched where dense is above 0: builtin, minilm, a folder or hub name (default: as"
        " the memory says, else builtin)",
    )
    group.add_argument(
        "--pin",
        metavar="ID",
        type=int,
        action="append",
        default=[],
        help="inject this entry first, whatever its score; may be repeated",
    )


def with_recall(query: Query, arguments: argparse.Namespace, session: Session | None) -> Query:
    """The query with its recall options; ``session``: whose memory's settings they change, None for no memory. Blocks.

    Raises:
        KnownError: a setting that does not exist, a value that it cannot have, or a pinned entry that is not there.
    """
    query = replace(
        query, limit=arguments.limit, least_share=arguments.least_share, pinned=tuple(dict.fromkeys(arguments.pin))
    )
    if session is None:
        return replace(query, recall=parse_recall(arguments.recall)) if arguments.recall else query
    for entry_id in query.pinned:
        session.entry(entry_id)
    settings = parse_recall(arguments.recall, recall_settings(session).result())
    vectors = session.embedder_for(settings, arguments.embedder, terminal_progress())
    if vectors is not None:
        settled(vectors)
    return replace(query, recall=settings) if arguments.recall else query
