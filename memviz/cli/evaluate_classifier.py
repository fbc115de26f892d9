"""``memviz eval classifier``: which labels it gives right, and which it takes for which."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import asdict

from memviz.cli.options import add_command, add_json
from memviz.cli.output import clear_progress, plain, print_json, terminal_progress
from memviz.cli.train_classifier import add_labelled, say_note
from memviz.cli.train_common import threads_of
from memviz.core.confusion import Confusion

_DESCRIPTION = """\
Gives every text of a file a label and compares that with the right one.
"""

_EPILOG = """\
With --json, one object is printed: model, examples, accuracy, macro_f1 (mean over the labels that occur), cut (texts
that are longer than the model reads), labels {name: {precision, recall, f1, examples}}, confusion {labels,
counts [true][given]}, seconds.

examples:
  memviz eval classifier --model ./my-classifier --data test.csv
  memviz eval classifier --model ./my-classifier --data test.tsv --text question --label type --json
"""


def add_classifier(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "classifier",
        run_classifier,
        summary="labelled texts to a text classifier",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("--model", metavar="M", required=True, help="folder or hub name of a classifier")
    add_labelled(parser)
    parser.add_argument(
        "--threads", metavar="N", type=int, default=max(1, (os.cpu_count() or 1) - 1), help="(default: %(default)s)"
    )
    add_json(parser)


def run_classifier(arguments: argparse.Namespace) -> int:
    from memviz.session.classifier_training import classifier_score, cut_words

    started = time.perf_counter()
    score = classifier_score(
        arguments.model,
        arguments.data,
        text=arguments.text,
        label=arguments.label,
        threads=threads_of(arguments),
        progress=terminal_progress(),
    )
    seconds = time.perf_counter() - started
    clear_progress()
    confusion = score.confusion
    if arguments.json:
        print_json(
            {
                "model": arguments.model,
                "examples": confusion.examples,
                "accuracy": confusion.accuracy,
                "macro_f1": confusion.macro_f1,
                "cut": score.cut,
                "labels": {label: asdict(of_label) for label, of_label in confusion.scores().items()},
                "confusion": confusion.as_json(),
                "seconds": seconds,
            }
        )
        return 0
    if score.cut:
        say_note(cut_words(score.cut, confusion.examples, score.length))
    for line in _lines(confusion):
        print(line)
    return 0


def _lines(confusion: Confusion) -> list[str]:
    """A table of labels, every mistake, and the two figures."""
    names = [plain(label) for label in confusion.labels]
    width = max(len("label"), *(len(name) for name in names))
    lines = [f"{'label':<{width}}  examples  precision  recall      F1"]
    for name, score in zip(names, confusion.scores().values(), strict=True):
        lines.append(
            f"{name:<{width}}  {score.examples:>8,}  {score.precision:>9.4f}  {score.recall:>6.4f}  {score.f1:>6.4f}"
        )
    mistakes = [
        (count, true, given)
        for true, row in zip(names, confusion.counts.tolist(), strict=True)
        for given, count in zip(names, row, strict=True)
        if true != given and count
    ]
    lines.append("")
    lines += [f"{count:>8,} × {true} taken for {given}" for count, true, given in sorted(mistakes, reverse=True)]
    lines += [f"accuracy {confusion.accuracy:.4f}", f"macro-F1 {confusion.macro_f1:.4f}"]
    return lines
