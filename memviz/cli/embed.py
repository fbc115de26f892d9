"""``memviz embed``: the vectors of a memory, headless."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clear_progress, plain, print_json, terminal_progress
from memviz.core.errors import KnownError
from memviz.session.embedders import BUILTIN
from memviz.session.session import Session

if TYPE_CHECKING:
    from memviz.recall.vector_index import RecallCheck
    from memviz.session.embedding_state import EmbeddingState

_EPILOG = """\
Vectors are kept in the memory, beside its entries, and the embedder in its settings; what has a vector already is left
as it is. The index is kept in memviz's data folder. Ctrl+C stops; the same command continues.

With --json, prints {model, space, dimension, vectors, entries, index, recall, sample, truncated, seconds, notice,
others}; “recall” is the share of the 10 nearest that the approximate index finds, null for an exact one, and “others”
counts vectors of other spaces by their name.

examples:
  memviz embed --memory notes.sqlite                       with the embedder that ships
  memviz embed --memory notes.sqlite --model minilm        with all-MiniLM-L6-v2, where its package is installed
  memviz embed --memory notes.sqlite --model intfloat/e5-small-v2 --query-prefix "query: " --passage-prefix "passage: "
  memviz embed --memory notes.sqlite --drop "builtin 1 · 512"
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "embed",
        run,
        summary="compute the vectors of a memory, for recall by meaning",
        description="Computes a vector for each entry of a memory that has none, and the index over them.",
        epilog=_EPILOG,
    )
    add_memory(parser)
    parser.add_argument(
        "--model", metavar="E", default=BUILTIN, help="builtin, minilm, folder or hub name (default: %(default)s)"
    )
    parser.add_argument("--query-prefix", metavar="TEXT", help="before questions (default: as the model's folder says)")
    parser.add_argument("--passage-prefix", metavar="TEXT", help="before entries (default: as the model's folder says)")
    parser.add_argument("--check", action="store_true", help="check the index with 200 vectors instead of 20")
    parser.add_argument("--drop", metavar="SPACE", help="only remove the vectors of this space")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments.memory) as session:
        if arguments.drop is not None:
            return _drop(session, arguments)
        began = time.perf_counter()
        progress = terminal_progress()
        try:
            state = session.use_embedder(
                arguments.model,
                query_prefix=arguments.query_prefix,
                passage_prefix=arguments.passage_prefix,
                progress=progress,
            ).result()
            progress(0, 0, "checking the index")
            check = session.check_index(200 if arguments.check else 20).result()
        finally:
            clear_progress()
        _tell(state, check if state.kind != "Flat" else None, time.perf_counter() - began, as_json=arguments.json)
    return 0


def _drop(session: Session, arguments: argparse.Namespace) -> int:
    if not arguments.drop.strip():
        raise KnownError("--drop needs the name of a space; “memviz embed --json” lists them.")
    session.drop_vectors(arguments.drop).result()
    if arguments.json:
        print_json({"dropped": arguments.drop})
    else:
        print(f"Removed the vectors of “{plain(arguments.drop)}”.")
    return 0


def _tell(state: EmbeddingState, check: RecallCheck | None, seconds: float, *, as_json: bool) -> None:
    if as_json:
        print_json(_as_dict(state, check, seconds))
        return
    print(f"{state.done:,} of {state.total:,} entries have a vector of “{plain(state.space)}” ({seconds:.1f} s).")
    if check is None:
        print("The index compares a question with every vector.")
    else:
        print(
            f"The index is approximate ({state.kind}): it finds {100 * check.recall:.1f} % of the {check.limit} nearest"
            f" ({check.sample} questions, {check.probes} lists)."
        )
    if state.truncated:
        print(f"Of {state.truncated:,} entries the end was left out, because the model can read no more.")
    for space, (_, count) in state.others.items():
        print(f"There are also {count:,} vectors of “{plain(space)}”; --drop removes them.")
    if state.notice:
        print(plain(state.notice))


def _as_dict(state: EmbeddingState, check: RecallCheck | None, seconds: float) -> dict[str, Any]:
    return {
        "model": state.name,
        "space": state.space,
        "dimension": state.dimension,
        "vectors": state.done,
        "entries": state.total,
        "index": state.kind,
        "recall": check.recall if check is not None else None,
        "sample": check.sample if check is not None else None,
        "truncated": state.truncated,
        "seconds": round(seconds, 3),
        "notice": state.notice or None,
        "others": {space: count for space, (_, count) in state.others.items()},
    }
