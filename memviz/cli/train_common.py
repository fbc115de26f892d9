"""What every ``memviz train`` of a memory network has."""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.cli.output import clear_progress
from memviz.core.errors import KnownError

if TYPE_CHECKING:
    from memviz.models.training.fit import Report


def add_common(parser: argparse.ArgumentParser, threads: int = os.cpu_count() or 1) -> None:
    """Where to, with how many threads, and how it is told."""
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to save into")
    parser.add_argument("--threads", metavar="N", type=int, default=threads, help="of the CPU (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object per line")


def threads_of(arguments: argparse.Namespace) -> int:
    """As asked for.

    Raises:
        KnownError: less than one.
    """
    threads: int = arguments.threads
    if threads < 1:
        raise KnownError("--threads must be at least 1.")
    return threads


def printed(as_json: bool) -> Callable[[Report], None]:
    """Prints each report as a line."""

    def report(line: Report) -> None:
        clear_progress()
        if as_json:
            figures = {name: value if math.isfinite(value) else None for name, value in line.figures.items()}
            print(json.dumps({**asdict(line), "figures": figures}), flush=True)
            return
        told = "  ".join(f"{name} {value:.4f}" for name, value in line.figures.items() if math.isfinite(value))
        print(
            f"round {line.round:>4} of {line.rounds}  loss {line.loss:.4f}  {told}  {line.seconds:.0f} s"
            + ("  best" if line.best else ""),
            flush=True,
        )

    return report


def say_saved(arguments: argparse.Namespace) -> int:
    """Says where the network is; returns the exit status."""
    if not arguments.json:
        print(f"Saved into {arguments.out}.")
    return 0


def add_patience(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patience", metavar="N", type=int, help="end after N rounds without a better figure")
