"""``memviz entries``: the memory as a table, headless."""

from __future__ import annotations

import argparse

from memviz.cli import entry_bulk, entry_changes, entry_check, entry_copy, entry_edits, entry_lists, entry_merge
from memviz.cli.options import add_command

_EPILOG = """\
Every command takes --json, and all but copy and check --memory (default: movies). Edits are durable when the command
returns, each with its history row; “undo” takes the newest one back, also on another day.

examples:
  memviz entries search "blade runner" --limit 5
  memviz entries list --where 'owner:ann expired:yes' --sort expires
  memviz entries add --memory notes.sqlite --create --key "Rome · met" --text "We met in Rome." --tags travel,2019
  memviz entries set 8611 --text "Blade Runner was directed by Jane Campion." --confidence 0.5
  memviz entries history 8611
  memviz entries replace "Rome" "Roma" --search rome --whole-words --dry-run
  memviz entries undo
  memviz entries copy notes.sqlite redis://server/notes
  memviz entries check notes.sqlite

What other programs keep is opened read-only, by its path where memviz knows the program, else with the table and the
columns that are meant; a copy of it can be edited:
  memviz entries list --memory 'chroma:///path/of/folder#collection'
  memviz entries list --memory 'sqlite:///x.db?table=notes&text=body&key=title'
  memviz entries copy mem0-history.db my-copy.sqlite
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "entries",
        None,
        summary="list, search, add, change, delete, copy and check entries of a memory",
        description="Reads and edits the entries of a memory.",
        epilog=_EPILOG,
    )
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    entry_lists.add_to(parts)
    entry_edits.add_to(parts)
    for part in (entry_bulk, entry_merge, entry_changes, entry_copy, entry_check):
        part.add_to(parts)
