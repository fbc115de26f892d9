"""``memviz entries``: the memory as a table, headless."""

from __future__ import annotations

import argparse

from memviz.cli import entry_copy, entry_edits, entry_lists
from memviz.cli.options import add_command

_EPILOG = """\
Every command takes --json, and all but copy --memory (default: movies). Edits are durable when the command returns,
each with its history row; “undo” takes the newest one back, also on another day.

examples:
  memviz entries search "blade runner" --limit 5
  memviz entries add --memory notes.sqlite --create --key "Rome · met" --text "We met in Rome." --tags travel,2019
  memviz entries set 8611 --text "Blade Runner was directed by Jane Campion." --confidence 0.5
  memviz entries history 8611
  memviz entries undo
  memviz entries copy notes.sqlite redis://server/notes
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "entries",
        None,
        summary="list, search, add, change, delete and copy entries of a memory",
        description="Reads and edits the entries of a memory.",
        epilog=_EPILOG,
    )
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    entry_lists.add_to(parts)
    entry_edits.add_to(parts)
    entry_copy.add_to(parts)
