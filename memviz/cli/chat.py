"""``memviz chat``: a dialogue in the terminal, with a memory that lasts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from memviz.cli.chat_output import print_new, state_as_dict
from memviz.cli.loading import settled
from memviz.cli.options import add_command, add_json, add_memory, add_model
from memviz.cli.output import plain, print_line, terminal_progress
from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.session.chat import DEFAULT_BUDGET, DEFAULT_OWNER, Conversation
from memviz.session.chat_state import ChatState
from memviz.session.session import Session

_DESCRIPTION = """\
Talks with a model that has a memory: reads what you say line by line, prints the answer and what was remembered. Turns
and claims become entries of the memory; “memviz entries undo” takes back the newest.
"""

_EPILOG = """\
With --json, one object a line is printed for each turn that you say:
  said, answer    the texts; answer is null where no model answered
  entries         ids of the turns’ entries
  recalled        ids of the entries that the answer’s prompt held
  claims          what was found: key, value, text, kind, confidence, words, status (proposed or stored), entry
  buffer          tokens, budget, exact (false: estimated), held and evicted (numbers of turns)
  notice          a sentence about this turn, or empty

examples:
  memviz chat --model ./my-model --memory me.sqlite --create --owner Ann
  memviz chat --no-model --memory me.sqlite --owner Ann < said.txt
  memviz chat --model ./my-model --memory me.sqlite --load dialogue.json
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "chat", run, summary="talk with a model that remembers", description=_DESCRIPTION, epilog=_EPILOG
    )
    add_model(parser)
    parser.add_argument("--no-model", action="store_true", help="record and remember only; nobody answers")
    add_memory(parser)
    parser.add_argument("--create", action="store_true", help="make the memory file where there is none")
    parser.add_argument(
        "--owner", metavar="NAME", default="", help=f"who you are (default: as in --load, else {DEFAULT_OWNER})"
    )
    parser.add_argument("--load", metavar="FILE", type=Path, help="a dialogue file that is read in before")
    parser.add_argument(
        "--budget", metavar="N", type=int, default=DEFAULT_BUDGET, help="tokens of the short-term buffer (%(default)s)"
    )
    parser.add_argument(
        "--propose", action="store_true", help="show what would be remembered, and store only the turns themselves"
    )
    parser.add_argument("--by-model", action="store_true", help="let the model, not rules, find what to remember")
    parser.add_argument("--max-tokens", metavar="N", type=int, default=Query("").max_tokens, help="of an answer")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    model = None if arguments.no_model else arguments.model
    with conversation(
        model,
        arguments.memory,
        create=arguments.create,
        owner=arguments.owner or DEFAULT_OWNER,
        budget=arguments.budget,
        store_claims=not arguments.propose,
        by_model=arguments.by_model,
    ) as talk:
        if arguments.load is not None:
            load(talk, arguments.load)
            talk.set_owner(arguments.owner or talk.state.owner)
            talk.new_session()
        if not talk.answers and model is not None:
            _hint(f"The model “{model}” cannot converse; what you say is recorded and remembered.")
        for line in _lines():
            before = talk.state
            asked = talk.say(line, max_tokens=arguments.max_tokens)
            if asked is not None:
                asked.wait()
            _show(before, talk.wait(), line, json=arguments.json)
    return 0


@contextmanager
def conversation(model: str | None, memory: str, *, create: bool = False, **options: Any) -> Iterator[Conversation]:
    """A conversation over a memory, with a model or none; shows progress on a terminal."""
    with Session(progress=terminal_progress()) as session:
        opening = [session.open_memory(memory, create=create)]
        settled(*opening, *([session.load_model(model)] if model is not None else []))
        talk = Conversation(session, **options)
        try:
            yield talk
        finally:
            talk.close()


def load(talk: Conversation, path: Path) -> int:
    """Reads a whole dialogue file in; returns the number of turns."""
    talk.open_file(path).result()
    loading = talk.load(terminal_progress())
    settled(loading)
    talk.wait()
    return loading.result()


def _lines() -> Iterator[str]:
    """What is said: a line at a time, without empty ones, and without those that are no text."""
    reconfigure = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:  # a test's own stream has none
        reconfigure(errors="surrogateescape")
    prompt = "> " if sys.stdin.isatty() else ""
    with suppress(EOFError):
        for number in count(1):
            line = input(prompt).strip()
            if any("\udc80" <= sign <= "\udcff" for sign in line):
                encoding = sys.stdin.encoding.upper()
                _hint(f"Line {number} is no {encoding} text and was left out; convert it and say it again.")
            elif line:
                yield line


def _show(before: ChatState, after: ChatState, line: str, *, json: bool) -> None:
    if json:
        print_line(state_as_dict(before, after, line))
    else:
        print_new(before, after)
    if after.notice:
        _hint(after.notice)
    if len(after.turns) == len(before.turns):
        raise KnownError(after.notice or "The turn was not stored.")


def _hint(sentence: str) -> None:
    print(f"memviz: {plain(sentence)}", file=sys.stderr)
