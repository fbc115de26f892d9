"""``memviz train``: the models that ship, made again."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.cli.options import add_command
from memviz.cli.output import clear_progress, terminal_progress
from memviz.cli.seq2seq import add_train as add_seq2seq
from memviz.cli.train_classifier import add_classifier
from memviz.cli.train_embedder import add_builtin_embedder
from memviz.cli.train_facts import add_kv_memnn
from memviz.cli.train_recaller import add_recaller
from memviz.cli.train_sequences import add_dnc, add_recurrent
from memviz.cli.train_stories import add_memn2n, add_story_dnc
from memviz.core.errors import KnownError
from memviz.session.reader_training import CONTEXTS, train_reader

if TYPE_CHECKING:
    from memviz.models.reader.train import Report

_DESCRIPTION = """\
Trains the small model that reads recalled movie entries and answers by copying from them (“movies-reader”).
"""

_EPILOG = """\
The questions are MetaQA's 1-hop dev questions and their types: the ways of asking are learned from them. One movie in
ten is kept out of everything, for validation; “memviz eval reader --held-out” asks about those.

Every 100 steps a line of figures is printed and a checkpoint written; the same command continues from the checkpoint.

examples:
  memviz train reader --questions qa_dev.txt --types qa_dev_qtype.txt --out ./my-reader
  memviz ask "who directed Blade Runner?" --model ./my-reader
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "train", None, summary="train the models that ship")
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    reader = add_command(
        parts, "reader", run, summary="the reader of the movie memory", description=_DESCRIPTION, epilog=_EPILOG
    )
    reader.add_argument("--questions", metavar="FILE", type=Path, required=True, help="qa_dev.txt of MetaQA's 1-hop")
    reader.add_argument("--types", metavar="FILE", type=Path, required=True, help="qa_dev_qtype.txt beside it")
    reader.add_argument("--kb", metavar="FILE", type=Path, help="kb.txt of MetaQA (default: the facts that ship)")
    reader.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("movies-reader"),
        help="folder to save into (default: %(default)s)",
    )
    reader.add_argument("--steps", metavar="N", type=int, help="batches in all (default: the recipe's)")
    reader.add_argument("--seed", metavar="N", type=int, default=0, help="of weights, examples and order (default: 0)")
    reader.add_argument(
        "--contexts",
        metavar="N",
        type=int,
        default=CONTEXTS,
        help="questions to recall for (default: %(default)s)",
    )
    reader.add_argument("--threads", metavar="N", type=int, default=os.cpu_count() or 1, help="(default: all cores)")
    reader.add_argument("--no-compile", action="store_true", help="don't compile the model first (no C++ compiler)")
    reader.add_argument("--json", action="store_true", help="print the figures as one JSON object per line")
    add_kv_memnn(parts)
    add_memn2n(parts)
    add_dnc(parts)
    add_story_dnc(parts)
    add_recurrent(parts)
    add_classifier(parts)
    add_recaller(parts)
    add_seq2seq(parts)
    add_builtin_embedder(parts)


def run(arguments: argparse.Namespace) -> int:
    for name in ("steps", "contexts", "threads"):
        if getattr(arguments, name) is not None and getattr(arguments, name) < 1:
            raise KnownError(f"--{name} must be at least 1.")
    from memviz.models.reader.recipe import Recipe

    recipe = replace(Recipe(), seed=arguments.seed)
    if arguments.steps is not None:
        recipe = replace(recipe, steps=arguments.steps)

    def report(line: Report) -> None:
        clear_progress()
        if arguments.json:
            print(json.dumps(asdict(line)), flush=True)
        else:
            print(
                f"step {line.step:>6,} of {line.steps:,}  loss {line.loss:.4f}  held out: exact {line.exact:.3f}, "
                f"first token {line.first_token:.3f}  {line.tokens / 1e6:.1f} M tokens  {line.seconds / 60:.1f} min",
                flush=True,
            )

    folder = train_reader(
        arguments.out,
        arguments.questions,
        arguments.types,
        kb=arguments.kb,
        recipe=recipe,
        contexts=arguments.contexts,
        threads=arguments.threads,
        compiled=not arguments.no_compile,
        progress=terminal_progress(),
        report=report,
    )
    if not arguments.json:
        print(f"Saved into {folder}.")
    return 0
