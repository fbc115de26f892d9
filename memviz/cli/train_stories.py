"""``memviz train memn2n`` and ``story-dnc``: networks over stories."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from memviz.cli.options import add_command
from memviz.cli.recipe_options import add_recipe, chosen_recipe
from memviz.cli.train_common import add_common, add_patience, printed, say_saved, threads_of

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

_STORY_DNC_DESCRIPTION = """\
Trains a differentiable neural computer (Graves et al. 2016) to read stories word by word and to answer.
"""

_STORY_DNC_EPILOG = """\
A round is 100 batches; a tenth of the training stories is kept out, and the round that answers most of their questions
right is saved. Every round writes a checkpoint, from which the same command goes on.

examples:
  memviz train story-dnc --data babi/en-10k --tasks qa1 --out dnc-qa1
  memviz eval story-dnc --data babi/en --tasks qa1 --model ./dnc-qa1
"""


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
    _add_data(parser)
    add_common(parser, threads=1)
    add_recipe(parser, MemN2NRecipe())


def run_memn2n(arguments: argparse.Namespace) -> int:
    from memviz.models.memn2n.recipe import MemN2NRecipe
    from memviz.session.memn2n_training import train_memn2n

    train_memn2n(
        arguments.out,
        arguments.data,
        recipe=replace(MemN2NRecipe(), **chosen_recipe(MemN2NRecipe(), arguments)),
        threads=threads_of(arguments),
        report=printed(arguments.json),
    )
    return say_saved(arguments)


def add_story_dnc(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.story_dnc.recipe import StoryDNCRecipe

    parser = add_command(
        parts,
        "story-dnc",
        run_story_dnc,
        summary="a differentiable neural computer over stories",
        description=_STORY_DNC_DESCRIPTION,
        epilog=_STORY_DNC_EPILOG,
    )
    _add_data(parser)
    parser.add_argument("--tasks", metavar="NAME", nargs="+", default=[], help="only these, as qa1 (default: all)")
    add_common(parser, threads=1)
    add_patience(parser)
    add_recipe(parser, StoryDNCRecipe())


def run_story_dnc(arguments: argparse.Namespace) -> int:
    from memviz.models.story_dnc.recipe import StoryDNCRecipe
    from memviz.session.story_dnc_training import train_story_dnc

    train_story_dnc(
        arguments.out,
        arguments.data,
        tasks=arguments.tasks,
        recipe=replace(StoryDNCRecipe(), **chosen_recipe(StoryDNCRecipe(), arguments)),
        threads=threads_of(arguments),
        patience=arguments.patience,
        report=printed(arguments.json),
    )
    return say_saved(arguments)


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="FOLDER", type=Path, required=True, help="*_train.txt files in bAbI's format")
