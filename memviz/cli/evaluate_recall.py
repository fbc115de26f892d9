"""``memviz eval recall``: how well a memory recalls what questions need, under one or several settings."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json
from memviz.cli.output import clear_progress, clipped, plain, print_json, terminal_progress
from memviz.core.errors import KnownError
from memviz.session.bundled import DEFAULT_MEMORY
from memviz.session.recall_eval import (
    DEFAULT_KS,
    OVERALL,
    Comparison,
    Measured,
    entries_opened,
    measure,
    memory_settings,
)
from memviz.session.recall_questions import RecallQuestion, read_questions
from memviz.session.recall_ways import BASELINE, ways_of
from memviz.session.session import Session

_DESCRIPTION = """\
Asks a memory every question of a file, without any model, and counts how much of the evidence is recalled: recall@k,
mean reciprocal rank (MRR) and nDCG@k, by category and over all questions, with the time that recall takes.
"""

_EPILOG = """\
A line of the questions file is a JSON object:
  {"question": "Where did Ann go?", "evidence": [17], "category": "single-hop"}
“evidence” lists ids of entries, names that entries have in their metadata (id, turn_id, dia_id), or objects that their
metadata must match ({"turn_id": "D1:3"}); “evidence_keys” and “evidence_texts” name entries by key or text. Optional
are “as_of” (a version, seconds since 1970, or a date) and “owner”. Also understood: query, evidence_ids, ids, type.
Evidence that the memory does not hold counts as missed and is listed; questions without evidence are left out.

With --entries, a memory is made of a file for the time of the measurement. A line is a JSON object with “text” and what
else an entry has (key, kind, source, created …); its “id”, of any type, is what the questions call it. A “speaker” is
written before the text.

--set changes a setting of this measurement, --compare measures with further settings side by side. The differences of
recall at the first k are told with the bounds of 95 % of 2,000 resamples of the questions.

With --json, one object is printed: memory, k, questions (their number), without_evidence (line numbers), missing
[{line, evidence}], ways [{name, settings, all, categories {name: figures}, difference {all, categories}, misses}];
figures are questions, recall@k, mrr, ndcg@k, median_ms, p95_ms; a difference has mean, low and high of each recall@k
against the first way; misses are {line, question, category, ranks} at the first k.

examples:
  memviz eval recall --memory notes.sqlite --questions questions.jsonl
  memviz eval recall --entries turns.jsonl --questions questions.jsonl --k 5 10 --baseline bm25
  memviz eval recall --memory notes.sqlite --questions q.jsonl --set policy=newest --compare hybrid:dense=1,recency=0.2
"""

_MISSES = 10


def add_recall(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        parts,
        "recall",
        run_recall,
        summary="how well a memory recalls what questions need",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument(
        "--memory",
        metavar="U",
        default=DEFAULT_MEMORY,
        help=f"bundled name, file or sqlite:///path (default: {DEFAULT_MEMORY})",
    )
    asked.add_argument("--entries", metavar="FILE", type=Path, help="JSONL of entries to ask instead of a memory")
    parser.add_argument("--questions", metavar="FILE", type=Path, required=True, help="JSONL of questions")
    parser.add_argument("--k", metavar="K", type=int, nargs="+", default=list(DEFAULT_KS), help="(default: 5 10 25 50)")
    parser.add_argument("--limit", metavar="N", type=int, help="ask only the first N")
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", default=[], help="change a recall setting")
    parser.add_argument(
        "--compare",
        metavar="NAME:SETTING=VALUE,…",
        action="append",
        default=[],
        help="measure with these settings too",
    )
    parser.add_argument(
        "--embedder",
        metavar="E",
        help="whose vectors are searched where dense is above 0: builtin, minilm, a folder or hub name (default: as"
        " the memory says, else builtin)",
    )
    parser.add_argument("--baseline", choices=[BASELINE], help="measure plain BM25 (k1 1.2, b 0.75) too")
    add_json(parser)


def run_recall(arguments: argparse.Namespace) -> int:
    if arguments.limit is not None and arguments.limit < 1:
        raise KnownError("--limit must be at least 1.")
    questions = read_questions(arguments.questions)[: arguments.limit]
    with _session(arguments) as session:
        try:
            compared = measure(
                session,
                questions,
                ways_of(memory_settings(session, arguments.set), arguments.compare),
                ks=arguments.k,
                baseline=arguments.baseline == BASELINE,
                file_ids=arguments.entries is not None,
                embedder=arguments.embedder,
                progress=terminal_progress(),
            )
        finally:
            clear_progress()
    if arguments.json:
        print_json(_as_json(arguments, compared))
    else:
        _print(compared)
    return 0


@contextmanager
def _session(arguments: argparse.Namespace) -> Iterator[Session]:
    given = entries_opened(arguments.entries, terminal_progress()) if arguments.entries else opened(arguments.memory)
    with given as session:
        clear_progress()
        yield session


def _as_json(arguments: argparse.Namespace, compared: Comparison) -> dict[str, Any]:
    return {
        "memory": str(arguments.entries) if arguments.entries else arguments.memory,
        "k": list(compared.ks),
        "questions": len(compared.questions),
        "without_evidence": [question.line for question in compared.without_evidence],
        "missing": [{"line": question.line, "evidence": one.words()} for question, one in compared.missing],
        "ways": [_way_as_json(compared, way) for way in compared.ways],
    }


def _way_as_json(compared: Comparison, way: Measured) -> dict[str, Any]:
    categories = [category for category in compared.categories if category != OVERALL]
    told: dict[str, Any] = {
        "name": way.name,
        "settings": way.settings.as_json() if way.settings is not None else None,
        "all": compared.figures(way).as_json(),
        "categories": {category: compared.figures(way, category).as_json() for category in categories},
    }
    if way is not compared.ways[0]:
        told["difference"] = {
            "all": _difference_as_json(compared, way, OVERALL),
            "categories": {category: _difference_as_json(compared, way, category) for category in categories},
        }
    told["misses"] = [
        {"line": question.line, "question": question.text, "category": question.category, "ranks": ranks}
        for question, ranks in _misses(compared, way)
    ]
    return told


def _difference_as_json(compared: Comparison, way: Measured, category: str) -> dict[str, dict[str, float]]:
    differences = {k: compared.difference(way, category, k) for k in compared.ks}
    return {f"recall@{k}": {"mean": d.mean, "low": d.low, "high": d.high} for k, d in differences.items()}


def _misses(compared: Comparison, way: Measured) -> list[tuple[RecallQuestion, list[int | None]]]:
    return [(compared.questions[at], list(way.asked[at].ranks)) for at in compared.misses(way)]


def _print(compared: Comparison) -> None:
    for line in _reports(compared):
        print(line)
    ndcg = 10 if 10 in compared.ks else compared.ks[-1]
    head = ["category", "questions", *(f"recall@{k}" for k in compared.ks), "MRR", f"nDCG@{ndcg}", "p50 ms", "p95 ms"]
    for way in compared.ways:
        rows = []
        for category in compared.categories:
            figures = compared.figures(way, category)
            shares = [*(figures.recall[k] for k in compared.ks), figures.mrr, figures.ndcg[ndcg]]
            times = [f"{figures.median_ms:.1f}", f"{figures.p95_ms:.1f}"]
            rows.append([plain(category), f"{figures.questions:,}", *(f"{share:.4f}" for share in shares), *times])
        print(f"\n{plain(way.name)}" if len(compared.ways) > 1 else "")
        _print_table(head, rows)
    for way in compared.ways[1:]:
        k = compared.ks[0]
        print(f"\n{plain(way.name)} − {plain(compared.ways[0].name)}, recall@{k}")
        differences = [(category, compared.difference(way, category)) for category in compared.categories]
        rows = [
            [plain(category), f"{d.mean:+.4f}", f"{d.low:+.4f}", f"{d.high:+.4f}", "" if d.sure else "may be chance"]
            for category, d in differences
        ]
        _print_table(["category", "mean", "from", "to", ""], rows)
    first = compared.ways[0]
    misses = _misses(compared, first)
    if misses:
        print(f"\nnot all evidence among the first {compared.ks[0]}: {len(misses):,} questions")
    for question, ranks in misses[:_MISSES]:
        told = ", ".join("not recalled" if rank is None else f"rank {rank}" for rank in ranks)
        print(f"  line {question.line}: {clipped(plain(question.text), 80)} ({told})")
    if len(misses) > _MISSES:
        print(f"  and {len(misses) - _MISSES:,} more; --json lists all")


def _reports(compared: Comparison) -> list[str]:
    """What is not in the figures, or counts against them."""
    lines = []
    if compared.without_evidence:
        given = _line_numbers([question.line for question in compared.without_evidence])
        lines.append(f"left out, since they have no evidence: {given}")
    for question, one in compared.missing[:_MISSES]:
        lines.append(f"line {question.line}: the memory has no entry with {clipped(plain(one.words()), 80)}; a miss")
    if len(compared.missing) > _MISSES:
        lines.append(f"and {len(compared.missing) - _MISSES:,} more that the memory does not have, each a miss")
    return lines


def _line_numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MISSES]))
    return f"lines {shown}" + (f" and {len(numbers) - _MISSES:,} more" if len(numbers) > _MISSES else "")


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  ".join(cells).rstrip())
