"""``memviz train dnc`` and ``lstm``: networks over sequences of bits."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from memviz.cli.options import add_command
from memviz.cli.recipe_options import add_recipe, chosen_recipe
from memviz.cli.train_common import add_common, add_patience, printed, say_saved, threads_of

if TYPE_CHECKING:
    from memviz.models.dnc.recipe import DNCRecipe
    from memviz.models.recurrent.recipe import RecurrentRecipe

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
    add_common(parser, threads=1)
    add_patience(parser)
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
    add_common(parser, threads=1)
    add_patience(parser)
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
        threads=threads_of(arguments),
        patience=arguments.patience,
        report=printed(arguments.json),
    )
    return say_saved(arguments)
