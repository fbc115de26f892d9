"""``memviz ask``: one question through the whole path, without a window."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from memviz.cli.loading import loaded
from memviz.cli.options import add_as_of, add_command, add_json, add_memory, add_model
from memviz.cli.output import clipped, plain, print_json
from memviz.cli.query_options import given_as_of, neuron_scale, read_dialogue
from memviz.cli.recall_options import RECALL_HELP, add_recall_options, with_recall
from memviz.core.errors import KnownError
from memviz.core.events import EmbeddingEvent
from memviz.core.query import Query
from memviz.core.trace import Trace
from memviz.session.checks import checked_query
from memviz.session.run import Run
from memviz.session.stories import query_of_line, story_file

_DESCRIPTION = """\
Asks the model with what the memory recalls for the question, and prints the answer and the entries that were read.
"""

_EPILOG = f"""\
With --json, one object is printed:
  query, answer, model
  memory     url, version, entries (their number); null with --no-memory; with --as-of those of then
  state      finished; finish: why the answer ended (end, length)
  notices    sentences about this run, e.g. that no entry was recalled
  entries    every entry that recall looked at, best first: id, key, text, rank, score, attention, status
             (injected or cut), reason (why it was cut), cause (the same in one word), parts (they add up to the score),
             found (rank by words: lexical, by vectors: dense), conflicts (ids of entries that claim something else),
             tokens (of the prompt)
  steps      every answer token: token, logprob, read_weights {{entry id: weight}}
  timings    seconds

attention is the share of the answer tokens' attention mass that falls on the entry. For each answer token, the
attention from the position that predicts it is summed over the entry's tokens in the prompt, and the entry counts with
the layer and head that reads it most (the maximum over layers and heads: most heads look nothing up, and in a mean long
entries win by their length). All answer tokens count alike (mean; the token that ends the answer is left out). The
sink, the prompt's first token, is excluded, and what is left is scaled so that entries, instructions, question and
answer so far sum to 1. In a memory network the steps stand for the answer tokens (hops; of a DNC over stories those
in which the question is read), and its slots, or the sentences that wrote them, for the prompt.

read_weights are those of the layer and head that reads the entry most at one token, unscaled.

{RECALL_HELP}
examples:
  memviz ask "who directed Blade Runner?"
  memviz ask "who directed Blade Runner?" --json | jq '.entries[0]'
  memviz ask "what is it about?" --model ./my-model --memory ./notes.sqlite --max-tokens 100
  memviz ask "who directed Blade Runner?" --as-of v1
  memviz ask --model memn2n-babi --memory qa1_test.txt --line 3
"""

_DEFAULTS = Query("")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "ask", run, summary="ask one question, headless", description=_DESCRIPTION, epilog=_EPILOG
    )
    parser.add_argument("query", nargs="?", default="", help="the question")
    parser.add_argument(
        "--line", metavar="N", type=int, help="instead: the question on line N of the story file that is the memory"
    )
    add_model(parser)
    add_memory(parser)
    add_json(parser)
    parser.add_argument("--figure", metavar="OUT.png", type=Path, help="draw what each token read (.png, .svg or .csv)")
    parser.add_argument(
        "--show-private",
        action="store_true",
        help="don’t mask private entries in JSON and figure, as is done otherwise",
    )
    query = parser.add_argument_group("query")
    query.add_argument(
        "--max-tokens", metavar="N", type=int, default=_DEFAULTS.max_tokens, help="of the answer (default: %(default)s)"
    )
    query.add_argument(
        "--temperature", metavar="T", type=float, default=_DEFAULTS.temperature, help="0 is greedy (default)"
    )
    query.add_argument(
        "--top-p", metavar="P", type=float, default=_DEFAULTS.top_p, help="nucleus to sample from (default: 1)"
    )
    query.add_argument(
        "--beams",
        metavar="N",
        type=int,
        default=_DEFAULTS.beams,
        help="of an encoder-decoder’s search; 1: none (default: as the model says)",
    )
    query.add_argument("--seed", metavar="N", type=int, default=_DEFAULTS.seed, help="of the sampler (default: 0)")
    query.add_argument(
        "--template", metavar="TEXT", help="the prompt, with {entries} and {question}; default: the model's own"
    )
    query.add_argument(
        "--window", metavar="N", type=int, default=_DEFAULTS.window, help="use only N tokens of the model's context"
    )
    query.add_argument(
        "--dialogue",
        metavar="FILE.jsonl",
        type=Path,
        help="what was said before: a JSON object of role and text on a line",
    )
    query.add_argument(
        "--neuron",
        metavar="L:N=F",
        action="append",
        default=[],
        help="scale neuron N of layer L (from 1) by F while the model answers; 0 switches it off; may be repeated",
    )
    add_as_of(query, "ask the memory as it was, or will be if nothing changes,")
    query.add_argument("--no-memory", action="store_true", help="ask the model alone")
    add_recall_options(parser)
    model = parser.add_argument_group("model")
    model.add_argument("--device", default="cpu", help="cpu, cuda or mps (default: cpu)")
    model.add_argument("--dtype", default="auto", help="float32, bfloat16, float16 or auto (default)")


def run(arguments: argparse.Namespace) -> int:
    asked_for = _query_of_line(arguments) if arguments.line is not None else Query(arguments.query)
    query = checked_query(
        replace(
            with_recall(asked_for, arguments, None),
            max_tokens=arguments.max_tokens,
            temperature=arguments.temperature,
            top_p=arguments.top_p,
            seed=arguments.seed,
            beams=arguments.beams,
            template=arguments.template,
            window=arguments.window,
            dialogue=read_dialogue(arguments.dialogue) if arguments.dialogue is not None else (),
            neurons=tuple(map(neuron_scale, arguments.neuron)),
            use_memory=not arguments.no_memory,
            as_of=given_as_of(arguments),
        ),
        {},
    )
    memory = None if arguments.no_memory else arguments.memory
    with loaded(arguments.model, memory, device=arguments.device, dtype=arguments.dtype) as session:
        if memory is not None:
            query = with_recall(query, arguments, session)
        asked = session.ask(query).wait()
        if arguments.figure is not None:
            _draw(asked, arguments.figure, asked.trace if arguments.show_private else asked.masked)
        if arguments.json:
            print_json(asked.as_dict(masked=not arguments.show_private))
        else:
            _print(asked)
    return 0


def _query_of_line(arguments: argparse.Namespace) -> Query:
    path = story_file(arguments.memory)
    if arguments.query or path is None:
        raise KnownError("With --line the memory must be a story file (.txt), and no other question is given.")
    return query_of_line(path, arguments.line)


def _print(asked: Run) -> None:
    for notice in asked.trace.notices:
        print(f"memviz: {plain(notice.message)}", file=sys.stderr)
    print(plain(asked.answer) or "(the model answered nothing)")
    embedding = asked.trace.embedding
    if embedding is not None:
        _print_cosines(asked, embedding)
        return
    rows = [row for row in asked.entries() if row.status == "injected"]
    if rows:
        print("\n rank  attention  entry")
    for row in rows:
        print(f"{row.rank:5d} {100 * row.attention:8.1f} %  {row.id}: {clipped(plain(row.text), 100)}")


def _print_cosines(asked: Run, embedding: EmbeddingEvent) -> None:
    """An encoder without a head compares: the answer is the entry whose vector is nearest."""
    if embedding.cosines:
        print("\n cosine  entry (the first one is the answer)")
    for entry_id, cosine in embedding.cosines:
        entry = asked.recalled(entry_id)
        print(f"{cosine:7.4f}  {entry_id}: {clipped(plain(entry.text if entry is not None else ''), 100)}")


def _draw(asked: Run, out: Path, trace: Trace) -> None:
    if not asked.trace.steps:
        raise KnownError("The model answered nothing, so there is nothing to draw.")
    from memviz.cli.display import use_offscreen

    use_offscreen()
    from memviz.gui.figure import draw_figure

    draw_figure(trace, out)
