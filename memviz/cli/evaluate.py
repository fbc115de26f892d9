"""``memviz eval``: figures about a model, through the whole path."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memviz.cli.loading import loaded
from memviz.cli.options import add_command, add_json, add_memory, add_model
from memviz.cli.output import clear_progress, plain, print_json, terminal_progress
from memviz.core.errors import KnownError
from memviz.core.facts import Fact
from memviz.session.addresses import model_address
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

_MEMN2N_DESCRIPTION = """\
Answers every question of the test files of a folder, and prints the share of wrong answers of each task.
"""

_MEMN2N_EPILOG = """\
With --json, one object is printed: model, tasks {name: {questions, error}}, mean_error (over tasks), seconds.

examples:
  memviz eval memn2n --data babi/en
  memviz eval memn2n --data my-stories --model ./my-network --json
"""

_DNC_DESCRIPTION = """\
Gives random sequences of one length and counts the bits that come out right.
"""

_DNC_EPILOG = """\
With --json, one object is printed: model, task, length, sequences (their number), bits_right, sequences_right (shares).

examples:
  memviz eval dnc --task copy --length 40
  memviz eval dnc --model ./my-dnc --length 20 --sequences 1000 --json
"""

_MISSES = 20


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(commands, "eval", None, summary="measure how well a model reads its memory")
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
    _add_memn2n(parts)
    _add_dnc(parts)


def _add_memn2n(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "memn2n",
        run_memn2n,
        summary="story tasks to an end-to-end memory network",
        description=_MEMN2N_DESCRIPTION,
        epilog=_MEMN2N_EPILOG,
    )
    parser.add_argument("--data", metavar="FOLDER", type=Path, required=True, help="*_test.txt files in bAbI's format")
    parser.add_argument("--part", metavar="NAME", default="test", help="files end in _NAME.txt (default: %(default)s)")
    add_model(parser, "memn2n-babi")
    add_json(parser)


def run_memn2n(arguments: argparse.Namespace) -> int:
    from memviz.session.memn2n_training import story_errors

    started = time.perf_counter()
    _, model = model_address(arguments.model)
    errors = story_errors(Path(model), arguments.data, arguments.part)
    mean = sum(wrong for _, wrong in errors.values()) / len(errors)
    if arguments.json:
        tasks = {name: {"questions": asked, "error": wrong} for name, (asked, wrong) in errors.items()}
        seconds = time.perf_counter() - started
        print_json({"model": arguments.model, "tasks": tasks, "mean_error": mean, "seconds": seconds})
        return 0
    for name, (asked, wrong) in errors.items():
        print(f"{plain(name):<40} {asked:>6} questions  error {wrong:.4f}")
    print(f"{'mean':<40} {'':>16}  error {mean:.4f}")
    return 0


def _add_dnc(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "dnc",
        run_dnc,
        summary="sequences to a differentiable neural computer",
        description=_DNC_DESCRIPTION,
        epilog=_DNC_EPILOG,
    )
    parser.add_argument("--task", choices=("copy", "repeat-copy", "recall"), help="what ships for it (default: copy)")
    add_model(parser, None)
    parser.add_argument(
        "--length", metavar="N", type=int, required=True, help="words of a sequence, or items to recall"
    )
    parser.add_argument("--sequences", metavar="N", type=int, default=100, help="(default: %(default)s)")
    parser.add_argument("--seed", metavar="N", type=int, default=1_000_000, help="(default: %(default)s)")
    add_json(parser)


def run_dnc(arguments: argparse.Namespace) -> int:
    from memviz.session.sequence_training import bit_score

    name = arguments.model or f"dnc-{arguments.task or 'copy'}"
    score = bit_score(name, arguments.length, sequences=arguments.sequences, seed=arguments.seed)
    figures = {"model": name, **asdict(score)}
    if arguments.json:
        print_json(figures)
        return 0
    for label, value in figures.items():
        print(f"{label:<22} {value:.4f}" if isinstance(value, float) else f"{label:<22} {value}")
    return 0


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
