"""``memviz eval memn2n``, ``story-dnc`` and ``dnc``: figures of networks over stories and sequences."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from memviz.cli.options import add_command, add_json, add_model
from memviz.cli.output import plain, print_json
from memviz.session.addresses import model_address

_MEMN2N_DESCRIPTION = """\
Answers every question of the test files of a folder, and prints the share of wrong answers of each task.
"""

_MEMN2N_EPILOG = """\
With --json, one object is printed: model, tasks {name: {questions, error}}, mean_error (over tasks), seconds.

examples:
  memviz eval memn2n --data babi/en
  memviz eval memn2n --data my-stories --model ./my-network --json
"""

_STORY_DNC_EPILOG = """\
With --json, the object of “memviz eval memn2n” is printed.

examples:
  memviz eval story-dnc --data babi/en --tasks qa1 qa4 qa6
  memviz eval story-dnc --data my-stories --model ./my-network --json
"""

_DNC_DESCRIPTION = """\
Gives random sequences of one length and counts the bits that come out right.
"""

_DNC_EPILOG = """\
With --json, one object is printed: model, task, length, sequences (their number), bits_right, sequences_right (shares).

examples:
  memviz eval dnc --task copy --length 40
  memviz eval dnc --model ./my-dnc --length 20 --sequences 1000 --json
"""


def add_memn2n(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "memn2n",
        run_memn2n,
        summary="story tasks to an end-to-end memory network",
        description=_MEMN2N_DESCRIPTION,
        epilog=_MEMN2N_EPILOG,
    )
    _add_data(parser)
    add_model(parser, "memn2n-babi")
    add_json(parser)


def run_memn2n(arguments: argparse.Namespace) -> int:
    from memviz.session.memn2n_training import story_errors

    return _told(arguments, lambda model: story_errors(model, arguments.data, arguments.part))


def add_story_dnc(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "story-dnc",
        run_story_dnc,
        summary="story tasks to a differentiable neural computer",
        description=_MEMN2N_DESCRIPTION,
        epilog=_STORY_DNC_EPILOG,
    )
    _add_data(parser)
    parser.add_argument("--tasks", metavar="NAME", nargs="+", default=[], help="only these, as qa1 (default: all)")
    add_model(parser, "dnc-stories")
    add_json(parser)


def run_story_dnc(arguments: argparse.Namespace) -> int:
    from memviz.session.story_dnc_training import story_dnc_errors

    return _told(arguments, lambda model: story_dnc_errors(model, arguments.data, arguments.part, arguments.tasks))


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="FOLDER", type=Path, required=True, help="*_test.txt files in bAbI's format")
    parser.add_argument("--part", metavar="NAME", default="test", help="files end in _NAME.txt (default: %(default)s)")


def _told(arguments: argparse.Namespace, errors_of: Callable[[Path], Mapping[str, tuple[int, float]]]) -> int:
    """Measures the model that was asked for, and prints the error of each task."""
    started = time.perf_counter()
    errors = errors_of(Path(model_address(arguments.model)[1]))
    mean = sum(wrong for _, wrong in errors.values()) / len(errors)
    if arguments.json:
        tasks = {name: {"questions": asked, "error": wrong} for name, (asked, wrong) in errors.items()}
        seconds = time.perf_counter() - started
        print_json({"model": arguments.model, "tasks": tasks, "mean_error": mean, "seconds": seconds})
        return 0
    for name, (asked, wrong) in errors.items():
        print(f"{plain(name):<40} {asked:>6} questions  error {wrong:.4f}")
    print(f"{'mean':<40} {'':>16}  error {mean:.4f}")
    return 0


def add_dnc(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "dnc",
        run_dnc,
        summary="sequences to a differentiable neural computer",
        description=_DNC_DESCRIPTION,
        epilog=_DNC_EPILOG,
    )
    parser.add_argument("--task", choices=("copy", "repeat-copy", "recall"), help="what ships for it (default: copy)")
    add_model(parser, None)
    parser.add_argument(
        "--length", metavar="N", type=int, required=True, help="words of a sequence, or items to recall"
    )
    parser.add_argument("--sequences", metavar="N", type=int, default=100, help="(default: %(default)s)")
    parser.add_argument("--seed", metavar="N", type=int, default=1_000_000, help="(default: %(default)s)")
    add_json(parser)


def run_dnc(arguments: argparse.Namespace) -> int:
    from memviz.session.sequence_training import bit_score

    name = arguments.model or f"dnc-{arguments.task or 'copy'}"
    score = bit_score(name, arguments.length, sequences=arguments.sequences, seed=arguments.seed)
    figures = {"model": name, **asdict(score)}
    if arguments.json:
        print_json(figures)
        return 0
    for label, value in figures.items():
        print(f"{label:<22} {value:.4f}" if isinstance(value, float) else f"{label:<22} {value}")
    return 0
