"""``memviz train kv-memnn``, ``memn2n`` and ``dnc``: memory networks, trained from files."""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.cli.options import add_command
from memviz.cli.output import clear_progress, terminal_progress
from memviz.cli.recipe_options import add_recipe, chosen_recipe
from memviz.core.errors import KnownError

if TYPE_CHECKING:
    from memviz.models.dnc.recipe import DNCRecipe
    from memviz.models.recurrent.recipe import RecurrentRecipe
    from memviz.models.training.fit import Report

_KV_DESCRIPTION = """\
Trains a key-value memory network (Miller et al. 2016) to answer questions over facts.
"""

_KV_EPILOG = """\
A line of the questions is a question, a tab, and the right answers with “|” between them, as in MetaQA; [brackets]
around a name are taken away. A line of the facts is subject|relation|object.

A tenth of the questions is kept out; the epoch that answers most of those right is saved. Every epoch writes a
checkpoint, from which the same command goes on.

examples:
  memviz train kv-memnn --questions 1-hop/qa_dev.txt --out kv-movies
  memviz train kv-memnn --questions 2-hop/qa_dev.txt --hops 2 --out kv-movies-2
  memviz ask --model ./kv-movies --memory movies "which films did Ridley Scott direct?"
"""

_MEMN2N_DESCRIPTION = """\
Trains an end-to-end memory network (Sukhbaatar et al. 2015) on all tasks of a folder together.
"""

_MEMN2N_EPILOG = """\
A tenth of the training questions is kept out; the epoch that answers most of those right is saved. Every epoch writes a
checkpoint, from which the same command goes on.

examples:
  memviz train memn2n --data babi/en --out memn2n-babi
  memviz eval memn2n --data babi/en --model ./memn2n-babi --json
"""

_DNC_DESCRIPTION = """\
Trains a differentiable neural computer (Graves et al. 2016) on copy, repeat-copy or recall.
"""

_DNC_EPILOG = """\
A round is 100 batches; the round with the fewest wrong bits in sequences of the greatest length is saved. Every round
writes a checkpoint, from which the same command goes on.

examples:
  memviz train dnc --task copy --out dnc-copy
  memviz train dnc --task recall --least 2 --most 6 --out dnc-recall
  memviz eval dnc --model ./dnc-copy --length 40 --json
"""

_LSTM_EPILOG = """\
examples:
  memviz train lstm --task copy --most 10 --out lstm-copy
  memviz eval dnc --model ./lstm-copy --length 10
"""


def add_kv_memnn(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.kv_memnn.recipe import KVRecipe

    parser = add_command(
        parts,
        "kv-memnn",
        run_kv_memnn,
        summary="a key-value memory network over facts",
        description=_KV_DESCRIPTION,
        epilog=_KV_EPILOG,
    )
    parser.add_argument("--questions", metavar="FILE", type=Path, required=True, help="one question per line")
    parser.add_argument("--kb", metavar="FILE", type=Path, help="subject|relation|object lines (default: the movies)")
    _add_common(parser)
    add_recipe(parser, KVRecipe())


def run_kv_memnn(arguments: argparse.Namespace) -> int:
    from memviz.models.kv_memnn.recipe import KVRecipe
    from memviz.session.kv_training import train_kv_memnn

    train_kv_memnn(
        arguments.out,
        arguments.questions,
        kb=arguments.kb,
        recipe=replace(KVRecipe(), **chosen_recipe(KVRecipe(), arguments)),
        threads=_threads(arguments),
        progress=terminal_progress(),
        report=printed(arguments.json),
    )
    return _saved(arguments)


def add_memn2n(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.memn2n.recipe import MemN2NRecipe

    parser = add_command(
        parts,
        "memn2n",
        run_memn2n,
        summary="an end-to-end memory network over stories",
        description=_MEMN2N_DESCRIPTION,
        epilog=_MEMN2N_EPILOG,
    )
    parser.add_argument("--data", metavar="FOLDER", type=Path, required=True, help="*_train.txt files in bAbI's format")
    _add_common(parser, threads=1)
    add_recipe(parser, MemN2NRecipe())


def run_memn2n(arguments: argparse.Namespace) -> int:
    from memviz.models.memn2n.recipe import MemN2NRecipe
    from memviz.session.memn2n_training import train_memn2n

    train_memn2n(
        arguments.out,
        arguments.data,
        recipe=replace(MemN2NRecipe(), **chosen_recipe(MemN2NRecipe(), arguments)),
        threads=_threads(arguments),
        report=printed(arguments.json),
    )
    return _saved(arguments)


def add_dnc(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.dnc.recipe import DNCRecipe
    from memviz.models.sequences.task import Task

    parser = add_command(
        parts,
        "dnc",
        run_dnc,
        summary="a differentiable neural computer on a synthetic task",
        description=_DNC_DESCRIPTION,
        epilog=_DNC_EPILOG,
    )
    _add_common(parser, threads=1)
    parser.add_argument("--patience", metavar="N", type=int, help="end after N rounds without a better figure")
    add_recipe(parser, Task(), title="task")
    add_recipe(parser, DNCRecipe())


def run_dnc(arguments: argparse.Namespace) -> int:
    from memviz.models.dnc.recipe import DNCRecipe

    return _train_on_task(arguments, replace(DNCRecipe(), **chosen_recipe(DNCRecipe(), arguments)))


def add_recurrent(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.recurrent.recipe import RecurrentRecipe
    from memviz.models.sequences.task import Task

    parser = add_command(
        parts,
        "lstm",
        run_recurrent,
        summary="an LSTM or GRU on a synthetic task, to compare with",
        description="Trains an LSTM or GRU on copy, repeat-copy or recall; its cell units are its memory.",
        epilog=_LSTM_EPILOG,
    )
    _add_common(parser, threads=1)
    parser.add_argument("--patience", metavar="N", type=int, help="end after N rounds without a better figure")
    add_recipe(parser, Task(), title="task")
    add_recipe(parser, RecurrentRecipe())


def run_recurrent(arguments: argparse.Namespace) -> int:
    from memviz.models.recurrent.recipe import RecurrentRecipe

    return _train_on_task(arguments, replace(RecurrentRecipe(), **chosen_recipe(RecurrentRecipe(), arguments)))


def _train_on_task(arguments: argparse.Namespace, recipe: DNCRecipe | RecurrentRecipe) -> int:
    from memviz.models.sequences.task import Task
    from memviz.session.sequence_training import train_on_task

    task = Task(**{**chosen_recipe(Task(), arguments), "name": arguments.task})
    train_on_task(
        arguments.out,
        replace(recipe, task=task),
        threads=_threads(arguments),
        patience=arguments.patience,
        report=printed(arguments.json),
    )
    return _saved(arguments)


def _add_common(parser: argparse.ArgumentParser, threads: int = os.cpu_count() or 1) -> None:
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to save into")
    parser.add_argument("--threads", metavar="N", type=int, default=threads, help="of the CPU (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object per line")


def _threads(arguments: argparse.Namespace) -> int:
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


def _saved(arguments: argparse.Namespace) -> int:
    if not arguments.json:
        print(f"Saved into {arguments.out}.")
    return 0
