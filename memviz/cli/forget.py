"""``memviz forget``: takes entries out of every place of a memory, for good, and writes a receipt."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json
from memviz.cli.output import clear_progress, clipped, counted, plain, print_json, terminal_progress
from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.forgetting import ChangedMeanwhile, Found, Wish
from memviz.core.progress import Progress
from memviz.session.copying import open_store
from memviz.session.forgetting import CANNOT_BE_UNDONE
from memviz.session.forgetting_check import finished_receipt, verify
from memviz.session.forgetting_words import lines_of
from memviz.session.receipts import is_of, read_receipt
from memviz.session.session import Session

_DESCRIPTION = """\
Takes entries out of rows, history, full-text index, vectors, settings, backups, write-ahead log and free pages of a
memory, searches every byte of its files for their texts, and writes a receipt. This cannot be undone.
"""
_EPILOG = """\
The receipt says what was removed from where, what was checked and what is left; of the forgotten texts it holds salted
hashes only. --verify compares it with the memory, also after later edits. A forgetting that was interrupted is finished
by the same command, or by --finish.

examples:
  memviz forget --memory notes.sqlite --owner anna --receipt anna.json
  memviz forget --memory notes.sqlite --ids 3 7 --receipt forgotten.json --yes
  memviz forget --verify anna.json
"""
_INITIATOR = "command line"
_SAMPLES = 5
_TRIES = 20


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "forget",
        run,
        summary="take entries out of every place of a memory, and prove it",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--owner", metavar="NAME", help="entries that are, or once were, this owner’s")
    what.add_argument("--ids", metavar="ID", type=int, nargs="+", help="these entries, also deleted ones")
    what.add_argument("--search", metavar="TEXT", help="entries that hold, or once held, all of these words")
    what.add_argument("--verify", metavar="RECEIPT", type=Path, help="compare a memory with its receipt")
    what.add_argument("--finish", action="store_true", help="finish a forgetting that was interrupted")
    parser.add_argument("--receipt", metavar="OUT.json", type=Path, help="where the receipt is written")
    parser.add_argument("--yes", action="store_true", help="don’t ask")
    parser.add_argument("--memory", metavar="U", help="file or memory to forget in; with --verify that of the receipt")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.verify is not None:
        return _verify(arguments)
    progress = terminal_progress()
    memory = arguments.memory or (_memory_of(arguments.receipt) if arguments.finish else "")
    if not memory:
        raise KnownError("Name the memory that is to forget: --memory FILE.")
    with opened(memory) as session:
        if arguments.finish:
            return _finish(session, arguments, progress)
        wish = Wish(tuple(arguments.ids or ()), arguments.owner or "", arguments.search or "")
        if arguments.receipt is None:
            raise KnownError("Name a file for the receipt: --receipt OUT.json.")
        finished = _finish_first(session, arguments.receipt, progress)
        try:
            found, samples = session.find_to_forget(wish, shown=_SAMPLES, progress=progress).result()
        except KnownError:
            if finished is None:
                raise
            return _report(finished, arguments)
        finally:
            clear_progress()
        if finished is not None and arguments.receipt.exists():
            raise KnownError(
                f"A forgetting that was interrupted is finished now, see “{arguments.receipt}”; {len(found.ids):,} more"
                " would be forgotten by this command: run it again with another receipt."
            )
        if not arguments.yes:
            _ask(found, samples)
        try:
            receipt = _forget(session, wish, found, arguments, progress)
        finally:
            clear_progress()
    return _report(receipt, arguments)


def _forget(
    session: Session, wish: Wish, found: Found, arguments: argparse.Namespace, progress: Progress
) -> dict[str, Any]:
    """Where nobody was asked and others go on editing, it is looked anew what is to go, a few times."""
    path = arguments.receipt.absolute()
    for _ in range(_TRIES if arguments.yes else 0):
        try:
            return session.forget(wish, found, path, initiator=_INITIATOR, progress=progress).result()
        except ChangedMeanwhile:
            found, _samples = session.find_to_forget(wish, shown=0, progress=progress).result()
    return session.forget(wish, found, path, initiator=_INITIATOR, progress=progress).result()


def _memory_of(receipt: Path | None) -> str:
    """The memory that an unfinished receipt is of, where none is named."""
    if receipt is None or not receipt.exists():
        return ""
    return str(read_receipt(receipt)["memory"])


def _finish(session: Session, arguments: argparse.Namespace, progress: Progress) -> int:
    path = arguments.receipt.absolute() if arguments.receipt is not None else None
    try:
        receipt = session.finish_forgetting(path, progress=progress).result()
    finally:
        clear_progress()
    if receipt is not None:
        return _report(receipt, arguments)
    if arguments.json:
        print_json(None)
    else:
        print("There is no forgetting to finish.")
    return 0


def _finish_first(session: Session, receipt: Path, progress: Progress) -> dict[str, Any] | None:
    """What an earlier command left is done before anything else, with its receipt where that is the one named."""
    path = receipt.absolute() if is_of(receipt, session.memory_url) else None
    try:
        return session.finish_forgetting(path, progress=progress).result()
    except KnownError:
        if path is not None:
            raise
        return None  # it cannot be cleaned now; looking says why, or there is nothing to finish
    finally:
        clear_progress()


def _ask(found: Found, samples: Sequence[Entry]) -> None:
    """
    Raises:
        KnownError: nobody can answer, or the answer is no.
    """
    gone = len(found.ids) - len(found.there)
    which = [counted(len(found.there), "entry", "entries")] if found.there or not gone else []
    which += [f"{counted(gone, 'entry', 'entries')} that only the history knows"] if gone else []
    print(f"{CANNOT_BE_UNDONE} These will go: {' and '.join(which)}.")
    for entry in samples:
        print(f"{entry.id:>8}  {clipped(plain(entry.key), 40):<40}  {clipped(plain(entry.text), 80)}")
    if len(samples) < len(found.ids):
        print(f"          … and {len(found.ids) - len(samples):,} more")
    if not sys.stdin.isatty():
        raise KnownError("Forgetting cannot be undone and asks first; say --yes where nobody can answer.")
    if input("Type “forget” to go on: ").strip().strip('“”"').lower() != "forget":
        raise KnownError("Nothing was forgotten.")


def _report(receipt: dict[str, Any], arguments: argparse.Namespace) -> int:
    if arguments.json:
        print_json(receipt)
    else:
        for line in lines_of(receipt):
            print(plain(line))
        if arguments.receipt is not None:
            print(f"The receipt is in {arguments.receipt}.")
    return 1 if receipt["checked"].get("found") or receipt["checked"]["remains"] else 0


def _verify(arguments: argparse.Namespace) -> int:
    values = finished_receipt(arguments.verify)
    memory = arguments.memory or str(values["memory"])
    progress = terminal_progress()
    try:
        with closing(open_store(memory, progress=progress)) as store:
            verdict = verify(store, values, progress)
    finally:
        clear_progress()
    if arguments.json:
        print_json({"holds": not verdict.problems, "problems": verdict.problems, "remarks": verdict.remarks})
        return 1 if verdict.problems else 0
    for sentence in (*verdict.problems, *verdict.remarks):
        print(plain(sentence))
    print("The receipt does not hold." if verdict.problems else "The receipt holds.")
    return 1 if verdict.problems else 0
