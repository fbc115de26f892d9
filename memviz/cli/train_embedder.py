"""``memviz train builtin-embedder``: the embedder that ships, made again."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from memviz.cli.options import add_command
from memviz.cli.output import clear_progress, terminal_progress
from memviz.cli.train_common import printed, threads_of
from memviz.core.errors import KnownError

_DESCRIPTION = """\
Learns the vectors of the built-in embedder from a sentence encoder: what each piece of a word adds to the vector of a
text. The sentences are made of the encoder's own vocabulary, so no data is needed; 15 minutes on one core.
"""

_EPILOG = """\
After each round a line of figures is printed: “cosine” is that of held-out sentences with what the encoder says.

examples:
  memviz train builtin-embedder --teacher minilm --out resources/embedder/builtin.npz
"""


def add_builtin_embedder(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "builtin-embedder",
        run,
        summary="the embedder that needs no model",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--teacher", metavar="E", default="minilm", help="encoder with WordPiece (default: %(default)s)"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to save into (.npz)")
    parser.add_argument("--sentences", metavar="N", type=int, help="to teach with (default: the recipe's)")
    parser.add_argument("--dimension", metavar="N", type=int, help="of a piece's vector (default: the recipe's)")
    parser.add_argument("--threads", metavar="N", type=int, default=os.cpu_count() or 1, help="(default: all cores)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object per line")


def run(arguments: argparse.Namespace) -> int:
    threads = threads_of(arguments)
    changes = {name: value for name in ("sentences", "dimension") if (value := getattr(arguments, name)) is not None}
    if any(value < 1 for value in changes.values()):
        raise KnownError("--sentences and --dimension must be at least 1.")
    if not arguments.out.absolute().parent.is_dir():
        raise KnownError(f"There is no folder {arguments.out.absolute().parent}; make it first.")
    from memviz.session.embedder_training import train_builtin_embedder

    try:
        train_builtin_embedder(
            arguments.teacher,
            arguments.out,
            changes,
            threads=threads,
            progress=terminal_progress(),
            report=printed(arguments.json),
        )
    finally:
        clear_progress()
    if not arguments.json:
        print(f"Saved into {arguments.out}.")
    return 0
