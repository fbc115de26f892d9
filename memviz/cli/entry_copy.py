"""``memviz entries copy | memories``: whole memories, and which a server has."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from memviz.cli.options import add_command, add_json
from memviz.cli.output import clear_progress, plain, print_json, terminal_progress
from memviz.session.copying import copy_memory

_DESCRIPTION = """\
Copies a memory into a new one, or an empty one: all entries with their ids, times and uses, those that are disabled
or superseded too, their vectors, and the settings of the memory. The history stays behind. Afterwards all entries are
read back and compared; where that fails, or you stop it, what was copied is removed again.
"""

_EPILOG = """\
examples:
  memviz entries copy notes.sqlite redis://:password@server/notes
  memviz entries copy redis://server/notes backup.sqlite
  memviz entries copy redis://server/notes redis+cluster://a:7000,b:7000/notes
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    copy = add_command(
        commands,
        "copy",
        run_copy,
        summary="copy a memory to another file or server, and check the copy",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    copy.add_argument("source", metavar="SRC", help="bundled name, file (another program’s too) or address")
    copy.add_argument("target", metavar="DST", help="file or address; made where there is none")
    copy.add_argument("--into", action="store_true", help="add to a memory that holds entries; copies get new ids")
    add_json(copy)
    memories = add_command(commands, "memories", run_memories, summary="names of the memories of a server")
    memories.add_argument("server", metavar="ADDRESS", help="redis://host:port")
    add_json(memories)


def run_memories(arguments: argparse.Namespace) -> int:
    from memviz.stores.redis.head import memories_of

    names = memories_of(arguments.server)
    if arguments.json:
        print_json(names)
        return 0
    for name in names:
        print(plain(name))
    if not names:
        print("(no memory)")
    return 0


def run_copy(arguments: argparse.Namespace) -> int:
    try:
        copied = copy_memory(arguments.source, arguments.target, into=arguments.into, progress=terminal_progress())
    finally:
        clear_progress()
    if arguments.json:
        print_json(asdict(copied))
        return 0
    print(f"Copied {copied.entries:,} {'entry' if copied.entries == 1 else 'entries'} to {plain(copied.target)}.")
    if copied.shift:
        print(f"Their ids are those of the source plus {copied.shift:,}.")
    for space, count in copied.vectors.items():
        print(f"Copied {count:,} vectors of “{plain(space)}”.")
    if copied.settings:
        print(f"Copied settings: {', '.join(map(plain, copied.settings))}.")
    print(f"Checked: {copied.entries:,} entries read back, SHA-256 {copied.digest}.")
    return 0
