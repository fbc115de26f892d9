"""``memviz dialogue``: what a dialogue file tells, and into a memory with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from memviz.cli.chat import conversation, load
from memviz.cli.chat_output import claim_as_dict, claim_line
from memviz.cli.options import add_command, add_json
from memviz.cli.output import counted, plain, print_json
from memviz.core.errors import KnownError
from memviz.dialogue.consolidation import claims_of
from memviz.dialogue.files import read_dialogue_file
from memviz.session.chat import DEFAULT_OWNER
from memviz.session.chat_state import Proposal

_DESCRIPTION = """\
Reads a file of dialogues and shows what it tells about who speaks: name, home, likes, plans … With --store, its turns
and what they tell become entries of a memory.
"""

_EPILOG = """\
files:
  MemoryBank’s JSON   {user: {"name": …, "history": {date: [{"query": …, "response": …}]}}}
  JSON lines          an object with role (user or assistant) and text on each line; time, session and owner if known
  chats as JSON       a list of objects with role and content, or {"messages": [...]}, also one on each line
  transcripts         lines that begin with “User:” or “Assistant:” (用户：, 助手：); “# 2024-05-14” begins a session

examples:
  memviz dialogue talk.jsonl
  memviz dialogue memory_bank_en.json --memory bank.sqlite --create --store
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "dialogue",
        run,
        summary="what a dialogue file tells; store it in a memory",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--memory", metavar="U", default="", help="where it is stored: a file or sqlite:///path")
    parser.add_argument("--store", action="store_true", help="store turns and claims in --memory")
    parser.add_argument("--create", action="store_true", help="make the memory file where there is none")
    parser.add_argument("--owner", metavar="NAME", default="", help="who speaks, where the file does not say")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.store and not arguments.memory:
        raise KnownError("Name the memory in which the dialogue is to be stored: --memory me.sqlite --create.")
    return _store(arguments) if arguments.store else _show(arguments)


def _show(arguments: argparse.Namespace) -> int:
    file = read_dialogue_file(arguments.file)
    found: list[Proposal] = []
    number = 0
    for session in file.sessions:
        owner = session.owner or arguments.owner or DEFAULT_OWNER
        for turn in session.turns:
            number += 1
            for claim in claims_of(turn, owner=owner, turn_id=number):
                found.append(Proposal(len(found) + 1, claim, number, "rules"))
                if not arguments.json:
                    print(f"turn {number}: {plain(claim.evidence[0].words)}\n  {claim_line(found[-1])}")
    if arguments.json:
        print_json({"turns": file.count, "sessions": len(file.sessions), "claims": [claim_as_dict(p) for p in found]})
    else:
        turns, sessions = counted(file.count, "turn"), counted(len(file.sessions), "session")
        print(f"{turns} in {sessions}; {counted(len(found), 'claim')} {_were(len(found))} found.")
    return 0


def _store(arguments: argparse.Namespace) -> int:
    with conversation(
        None,
        arguments.memory,
        create=arguments.create,
        owner=arguments.owner or DEFAULT_OWNER,
        store_claims=True,
    ) as talk:
        turns = load(talk, arguments.file)
        proposals = talk.wait().proposals
    entries = {proposal.entry_id for proposal in proposals}
    if arguments.json:
        print_json({"turns": turns, "claims": [claim_as_dict(p) for p in proposals], "entries": turns + len(entries)})
    else:
        stored = f"{counted(turns, 'turn')} {_were(turns)} stored"
        print(f"{stored}, and {counted(len(proposals), 'claim')} in {counted(len(entries), 'entry', 'entries')}.")
    return 0


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
