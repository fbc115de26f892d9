"""``memviz train seq2seq`` and ``memviz eval seq2seq``: an encoder-decoder whose alignment is known."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace

from memviz.cli.options import add_command, add_json, add_model
from memviz.cli.output import plain, print_json
from memviz.cli.recipe_options import add_recipe, chosen_recipe
from memviz.cli.train_common import add_common, add_patience, printed, say_saved, threads_of

_TRAIN_DESCRIPTION = """\
Trains a small T5-style encoder-decoder that writes out the numbers, dates, amounts and times of a text. It makes its
examples itself; for every word of a target it is known which characters of the source it comes from.
"""

_TRAIN_EPILOG = """\
A round is 100 batches; the round with the fewest wrong answers about values that are kept out of training is saved.
Every round writes a checkpoint, from which the same command goes on.

examples:
  memviz train seq2seq --out my-model
  memviz train seq2seq --rounds 5 --width 64 --out a-smaller-one --json
  memviz eval seq2seq --model ./my-model --json
"""

_EVAL_DESCRIPTION = """\
Writes out numbers, dates, amounts, times and sentences whose values were kept out of training, and looks whether the
source token that each word reads most (by cross-attention) lies in the characters it comes from.
"""

_EVAL_EPILOG = """\
The best head is chosen on other values than it is measured on. Sorts of words are places (hundred, thousand, million,
十 …), which no character says but the place of a digit, units of money, and others.

With --json, one object is printed: model, kinds {name: {examples, exact, tokens (shares), misses}}, alignment {words
(their number), best, layer, head (of the best one, from 0), mean (over all heads), kinds {name: [best, mean]}, sorts
{name: [words, best, mean]}}.

examples:
  memviz eval seq2seq
  memviz eval seq2seq --model ./my-model --examples 1000 --json
"""


def add_train(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from memviz.models.number_words.recipe import NumberWordsRecipe

    parser = add_command(
        parts,
        "seq2seq",
        run_train,
        summary="an encoder-decoder that writes numbers out",
        description=_TRAIN_DESCRIPTION,
        epilog=_TRAIN_EPILOG,
    )
    add_common(parser, threads=1)
    add_patience(parser)
    add_recipe(parser, NumberWordsRecipe())


def run_train(arguments: argparse.Namespace) -> int:
    from memviz.models.number_words.recipe import NumberWordsRecipe
    from memviz.session.seq2seq_training import train_seq2seq

    train_seq2seq(
        arguments.out,
        recipe=replace(NumberWordsRecipe(), **chosen_recipe(NumberWordsRecipe(), arguments)),
        threads=threads_of(arguments),
        patience=arguments.patience,
        report=printed(arguments.json),
    )
    return say_saved(arguments)


def add_eval(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "seq2seq",
        run_eval,
        summary="numbers to write out, and where the model looks",
        description=_EVAL_DESCRIPTION,
        epilog=_EVAL_EPILOG,
    )
    add_model(parser, "number-words")
    parser.add_argument("--examples", metavar="N", type=int, default=200, help="of each kind (default: %(default)s)")
    parser.add_argument("--seed", metavar="N", type=int, default=1_000_000, help="(default: %(default)s)")
    add_json(parser)


def run_eval(arguments: argparse.Namespace) -> int:
    from memviz.session.seq2seq_training import number_words_score

    score = number_words_score(arguments.model, examples=arguments.examples, seed=arguments.seed)
    if arguments.json:
        print_json({"model": arguments.model, **asdict(score)})
        return 0
    for name, kind in score.kinds.items():
        best, mean = score.alignment.kinds[name]
        for source, right, given in kind.misses:
            print(f"miss: {plain(source)}\n      given “{plain(given)}”\n      right “{plain(right)}”")
        print(
            f"{name:<10} {kind.examples:>6} examples  exact {kind.exact:.4f}  tokens {kind.tokens:.4f}"
            f"  aligned: best head {best:.4f}, mean {mean:.4f}"
        )
    told = score.alignment
    for sort, (words, best, mean) in told.sorts.items():
        print(f"{sort:<10} {words:>6} aligned words  best head {best:.4f}, mean of all heads {mean:.4f}")
    print(
        f"{'all':<10} {told.words:>6} aligned words  best head (layer {told.layer + 1}, head {told.head + 1})"
        f" {told.best:.4f}, mean of all heads {told.mean:.4f}"
    )
    return 0
