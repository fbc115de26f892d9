"""``memviz --help``: all commands, each added by its own file."""

from __future__ import annotations

import argparse

import memviz
from memviz.cli import (
    ask,
    conflicts,
    edit_fact,
    entries,
    evaluate,
    forecast,
    models,
    recall_settings,
    screenshot,
    train,
    window,
)
from memviz.cli.options import Formatter

_DESCRIPTION = """\
A debugger for the memory of language models: ask a model that has a memory, watch which entries each word of the
answer is read from, edit an entry, ask again.
"""

_EPILOG = """\
examples:
  memviz                                           open the window on the movie memory
  memviz ask "who directed Blade Runner?"          answer, and the entries that were read
  memviz entries search "blade runner"             find entries
  memviz entries set 8611 --text "…"                change one
  memviz entries undo                              and take it back
  memviz models ./my-model                         what a model is and needs, before it is loaded

A model is a bundled name (movies-reader), a folder in Hugging Face format, or a hub name.
A memory is a bundled name (movies), a file, or sqlite:///path. “memviz COMMAND --help” tells more.
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memviz", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=Formatter)
    parser.add_argument("--version", action="version", version=f"memviz {memviz.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parts = (window, ask, entries, conflicts, forecast, recall_settings, models, edit_fact, evaluate, train, screenshot)
    for part in parts:
        part.add_to(commands)
    return parser
