"""``memviz recall-settings``: how a memory is recalled, shown and changed."""

from __future__ import annotations

import argparse

from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import plain, print_json
from memviz.core.errors import KnownError
from memviz.core.recall_settings import RecallSettings
from memviz.session import recalling
from memviz.session.recall_words import HELP, parse_recall, recall_words


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "recall-settings",
        run,
        summary="how a memory is recalled: show it, or change it for everyone",
        description="Shows how a memory is recalled, or changes it for everyone who opens the memory.",
        epilog=HELP,
    )
    parser.add_argument("changes", nargs="*", metavar="KEY=VALUE", help="a setting to change, see below")
    parser.add_argument("--reset", action="store_true", help="take everything back to what is usual first")
    add_memory(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        begin = RecallSettings() if arguments.reset else recalling.recall_settings(session).result()
        settings = parse_recall(arguments.changes, begin)
        if arguments.changes or arguments.reset:
            if session.store_call(lambda store: store.read_only).result():
                raise KnownError("This memory cannot be written; copy it to change how it is recalled.")
            recalling.change_recall_settings(session, settings).result()
    if arguments.json:
        print_json(settings.as_json())
        return 0
    usual = set(recall_words(RecallSettings()))
    for word in recall_words(settings):
        print(plain(word) + ("" if word in usual else "   (changed)"))
    return 0
