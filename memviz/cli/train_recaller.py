"""``memviz train recaller``: a small language model that knows facts by heart."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from memviz.cli.options import add_command
from memviz.cli.recipe_options import add_recipe, chosen_recipe
from memviz.cli.train_common import add_common, add_patience, printed, say_saved, threads_of

_DESCRIPTION = """\
Trains a small GPT-2 that recalls facts about movies without any memory but its weights (“movies-recaller”).
"""

_EPILOG = """\
Each fact is asked in four phrasings; three of them are trained and the fourth, another one for each fact, is held out.
A round asks every fact once in each trained phrasing; then “error” is the share of wrong answers in those, and
“error_held_out” that in the phrasings that were held out. Every round writes a checkpoint, from which the same command
goes on.

examples:
  memviz train recaller --out my-recaller
  memviz ask "who directed Blade Runner?" --model ./my-recaller --no-memory
"""


def add_recaller(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.recaller.recipe import RecallerRecipe

    parser = add_command(
        parts,
        "recaller",
        run_recaller,
        summary="a language model that knows facts by heart",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("--kb", metavar="FILE", type=Path, help="subject|relation|object lines (default: the movies)")
    add_common(parser, threads=1)
    add_patience(parser)
    add_recipe(parser, RecallerRecipe())


def run_recaller(arguments: argparse.Namespace) -> int:
    from memviz.models.recaller.recipe import RecallerRecipe
    from memviz.session.recaller_training import train_recaller

    train_recaller(
        arguments.out,
        kb=arguments.kb,
        recipe=replace(RecallerRecipe(), **chosen_recipe(RecallerRecipe(), arguments)),
        threads=threads_of(arguments),
        patience=arguments.patience,
        report=printed(arguments.json),
    )
    return say_saved(arguments)
