"""``memviz train kv-memnn``: networks over facts."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from memviz.cli.options import add_command
from memviz.cli.output import terminal_progress
from memviz.cli.recipe_options import add_recipe, chosen_recipe
from memviz.cli.train_common import add_common, printed, say_saved, threads_of

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
    add_common(parser)
    add_recipe(parser, KVRecipe())


def run_kv_memnn(arguments: argparse.Namespace) -> int:
    from memviz.models.kv_memnn.recipe import KVRecipe
    from memviz.session.kv_training import train_kv_memnn

    train_kv_memnn(
        arguments.out,
        arguments.questions,
        kb=arguments.kb,
        recipe=replace(KVRecipe(), **chosen_recipe(KVRecipe(), arguments)),
        threads=threads_of(arguments),
        progress=terminal_progress(),
        report=printed(arguments.json),
    )
    return say_saved(arguments)
