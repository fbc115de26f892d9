"""``memviz eval``: figures about a model, through the whole path."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memviz.cli.evaluate_classifier import add_classifier
from memviz.cli.evaluate_networks import add_dnc, add_memn2n, add_story_dnc
from memviz.cli.evaluate_recall import add_recall
from memviz.cli.loading import loaded
from memviz.cli.options import add_command, add_json, add_memory, add_model
from memviz.cli.output import clear_progress, plain, print_json, terminal_progress
from memviz.cli.seq2seq import add_eval as add_seq2seq
from memviz.core.errors import KnownError
from memviz.core.facts import Fact
from memviz.session.bundled import DEFAULT_MEMORY, packed_facts, unpack_to
from memviz.session.reader_eval import Score, Verdict, ask_all, ask_edited, kept_out_of_training

if TYPE_CHECKING:
    from memviz.models.reader.questions import LabelledQuestion

_DESCRIPTION = """\
Asks every question of a file through the whole path (recall, prompt, read, answer) and counts how often the first
answer given is among the right ones (hits@1).
"""

_EPILOG = """\
A line of the file is a question, a tab, and the right answers with “|” between them, as in MetaQA; [brackets] around
the entity are taken away before asking.

With --edited, the fact behind each question is first changed to a false one (in a copy of the movie memory, made from
the packed one), and the false objects are the right answers: does the model follow its memory? Only questions about
one entry are asked then, and the figure that counts is hits@1 where injected.

With --json, one object is printed: model, memory, questions (their number), hits@1, injected (share of questions with
an entry in the prompt that holds a right answer), hits@1_where_injected, seconds, misses (the first 20).

examples:
  memviz eval reader --questions qa_dev.txt --limit 500
  memviz eval reader --questions qa_dev.txt --held-out --edited --json
"""

_KV_EPILOG = """\
A line of the file is a question, a tab, and the right answers with “|” between them, as in MetaQA; [brackets] around
a name are taken away before asking. With --json, the object of “memviz eval reader” is printed.

examples:
  memviz eval kv-memnn --questions 1-hop/qa_test.txt
  memviz eval kv-memnn --questions 3-hop/qa_test.txt --model kv-movies-3 --json
"""

_MISSES = 20


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "eval", None, summary="measure recall, and how well a model reads its memory")
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    reader = add_command(
        parts, "reader", run, summary="questions about the movie memory", description=_DESCRIPTION, epilog=_EPILOG
    )
    _add_questions(reader)
    reader.add_argument(
        "--held-out",
        action="store_true",
        help="only questions about movies that were kept out of training (the file must have [brackets])",
    )
    reader.add_argument("--edited", action="store_true", help="make each fact false first")
    add_model(reader)
    add_memory(reader)
    add_json(reader)
    kv = add_command(
        parts,
        "kv-memnn",
        run,
        summary="questions to a key-value memory network",
        description=_DESCRIPTION,
        epilog=_KV_EPILOG,
    )
    _add_questions(kv)
    add_model(kv, "kv-movies")
    add_memory(kv)
    add_json(kv)
    kv.set_defaults(held_out=False, edited=False)
    add_memn2n(parts)
    add_story_dnc(parts)
    add_dnc(parts)
    add_classifier(parts)
    add_seq2seq(parts)
    add_recall(parts)


def _add_questions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--questions", metavar="FILE", type=Path, required=True, help="one question per line")
    parser.add_argument("--limit", metavar="N", type=int, help="ask only the first N")


def run(arguments: argparse.Namespace) -> int:
    from memviz.models.reader.questions import read_questions

    if arguments.limit is not None and arguments.limit < 1:
        raise KnownError("--limit must be at least 1.")
    questions = read_questions(arguments.questions)
    facts = packed_facts(DEFAULT_MEMORY) if arguments.held_out or arguments.edited else []
    if arguments.held_out:
        questions = kept_out_of_training(questions, facts)
    if not questions:
        raise KnownError(f"“{arguments.questions}” holds no question to ask; give another file.")
    if arguments.edited:
        verdicts, seconds = _ask_edited(arguments, questions, facts)
    else:
        with loaded(arguments.model, arguments.memory) as session:
            verdicts, seconds = ask_all(session, questions[: arguments.limit], terminal_progress())
    clear_progress()
    _report(arguments, verdicts, Score.of(verdicts, seconds))
    return 0


def _ask_edited(
    arguments: argparse.Namespace, questions: Sequence[LabelledQuestion], facts: Sequence[Fact]
) -> tuple[list[Verdict], float]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "movies.sqlite"
        unpack_to(DEFAULT_MEMORY, copy, terminal_progress())
        with loaded(arguments.model, str(copy)) as session:
            return ask_edited(session, questions, facts, limit=arguments.limit, progress=terminal_progress())


def _report(arguments: argparse.Namespace, verdicts: Sequence[Verdict], score: Score) -> None:
    misses = [verdict for verdict in verdicts if not verdict.right][:_MISSES]
    figures: dict[str, Any] = {
        "model": arguments.model,
        "memory": "edited copy of movies" if arguments.edited else arguments.memory,
        "questions": score.questions,
        "hits@1": score.hits_at_1,
        "injected": score.injected,
        "hits@1_where_injected": score.hits_at_1_where_injected,
        "seconds": score.seconds,
    }
    if arguments.json:
        shown = [
            {"question": miss.question, "expected": list(miss.expected), "given": miss.given, "injected": miss.injected}
            for miss in misses
        ]
        print_json({**figures, "misses": shown})
        return
    for miss in misses:
        print(
            f"miss: {plain(miss.question)}\n      given “{plain(miss.given)}”, right: {plain(', '.join(miss.expected))}"
        )
    for name, value in figures.items():
        print(f"{name:<22} {value:.4f}" if isinstance(value, float) else f"{name:<22} {value}")
