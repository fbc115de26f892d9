"""``memviz --help``: all commands, each added by its own file."""

from __future__ import annotations

import argparse

import memviz
from memviz.cli import (
    ask,
    chat,
    conflicts,
    dialogue,
    edit_fact,
    embed,
    entries,
    evaluate,
    export_file,
    forecast,
    forget,
    import_files,
    models,
    recall,
    recall_settings,
    screenshot,
    train,
    why,
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
  memviz recall "who directed Blade Runner?"       what is recalled, and how each score adds up
  memviz why "who directed Alien?" --entry 8611    why an entry is not recalled, and what would bring it back
  memviz entries search "blade runner"             find entries
  memviz entries set 8611 --text "…"                change one
  memviz entries undo                              and take it back
  memviz models ./my-model                         what a model is and needs, before it is loaded

A model is a bundled name (movies-reader), a folder in Hugging Face format, or a hub name.
A memory is a bundled name (movies), a file, sqlite:///path, redis://host:port/name, or memory://name, which is empty at
first and gone when memviz ends. “memviz COMMAND --help” tells more.
"""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memviz", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=Formatter)
    parser.add_argument("--version", action="version", version=f"memviz {memviz.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for part in (
        *(window, ask, recall, why, recall_settings, conflicts, forecast, chat, dialogue, entries),
        *(import_files, export_file, forget, embed, models, edit_fact, evaluate, train, screenshot),
    ):
        part.add_to(commands)
    return parser
