"""``memviz``: the window."""

from __future__ import annotations

import argparse
import signal
import sys

from memviz.cli.display import require_display
from memviz.cli.options import add_command, add_memory, add_model


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "window", run, summary="open the window (so does “memviz” alone)")
    add_model(parser, default=None)
    add_memory(parser, default=None)
    parser.add_argument("--query", metavar="TEXT", help="ask this at once")


def run(arguments: argparse.Namespace) -> int:
    require_display()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop would notice Ctrl+C only at its next event
    from memviz.gui.app import run_window

    return run_window(arguments.model, arguments.memory, query=arguments.query, argv=sys.argv[:1])
