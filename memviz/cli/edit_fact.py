"""``memviz edit-fact``: a rank-one edit of one fact in a model's weights, with a table before and after."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from memviz.cli.loading import loaded
from memviz.cli.options import add_command, add_json
from memviz.cli.output import clear_progress, clipped, plain, print_json, terminal_progress
from memviz.core.errors import KnownError
from memviz.core.neurons import CHECK_KINDS, EditOutcome, FactEdit
from memviz.session.fact_checks import (
    SuggestedChecks,
    edit_checks,
    fact_edit,
    kept_texts,
    outcome_words,
    read_checks,
    read_lines,
    suggested_checks,
)
from memviz.session.fact_editing import (
    apply_edit,
    editable_layers,
    sample_texts,
    save_edited_model,
    try_fact_edit,
)
from memviz.session.session import Session

_DESCRIPTION = """\
Changes one fact in the weights of a causal language model by a rank-one edit of one feed-forward layer (after ROME,
Meng et al. 2022), and tells what the model answers before and after: the fact itself, the same fact in other words,
and other facts, which must not change. An experiment: the model's own files are never changed.
"""

_EPILOG = """\
The prompt is what the model goes on from with the object, as it reads it, and holds the subject. Without --layer every
layer is tried, and the one that does best on these checks is taken, so the checks are then no independent measure.
Neighbours that hold the subject are also kept while the new value is sought. What the edit leaves alone is learned
from texts: up to 200 entries of --memory, the lines of --texts, else the neighbours themselves. For movies-recaller
paraphrases, 50 neighbours and texts come from the facts that it learned, where none are given.

A file of --checks has a JSON object on each line:
  {"kind": "paraphrase", "prompt": "the director of Alien is"}
  {"kind": "neighbour", "prompt": "Heat was directed by"}

With --json, one object is printed: model, prompt, subject, target, layer (from 0), checks [{kind, prompt, expected,
before, after, passed}], shares {edited, paraphrase, neighbour} (null where there is none), saved (a folder or null).

examples:
  memviz edit-fact --model movies-recaller --prompt "Blade Runner was directed by" --subject "Blade Runner" \\
      --target "Jane Campion" --out my-edited-model
  memviz ask "who directed Blade Runner?" --model ./my-edited-model
  memviz edit-fact --model ./my-model --prompt "The capital of France is" --subject France --target Rome \\
      --paraphrase "France’s capital is" --neighbour "The capital of Spain is" "The capital of Japan is" --json
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "edit-fact",
        run,
        summary="edit one fact in a model's weights, with a table before and after",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("--model", metavar="M", required=True, help="bundled name, folder or hub name")
    parser.add_argument("--prompt", metavar="TEXT", required=True, help="words that the model goes on from")
    parser.add_argument(
        "--subject", metavar="TEXT", required=True, help="the part of the prompt that the fact is about"
    )
    parser.add_argument("--target", metavar="TEXT", required=True, help="the new object: what it shall answer")
    parser.add_argument(
        "--paraphrase", metavar="TEXT", nargs="+", action="extend", default=[], help="the same fact in other words"
    )
    parser.add_argument(
        "--neighbour", metavar="TEXT", nargs="+", action="extend", default=[], help="other facts, which must stay"
    )
    parser.add_argument("--checks", metavar="FILE", type=Path, help="JSON lines with kind, prompt and expected")
    texts = parser.add_mutually_exclusive_group()
    texts.add_argument("--memory", metavar="U", help="a memory whose texts show which keys keep their values")
    texts.add_argument("--texts", metavar="FILE", type=Path, help="instead: a file with a text on each line")
    parser.add_argument("--layer", metavar="N", type=int, help="edit this layer, from 1 (default: the best of all)")
    parser.add_argument("--out", metavar="DIR", type=Path, help="save the edited model into this new folder")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    given = _Given(arguments)
    with loaded(arguments.model, arguments.memory) as session:
        found = try_fact_edit(
            session,
            given.fact,
            given.checks,
            kept_texts(given.texts or sample_texts(session).result(), given.checks),
            terminal_progress(),
            _layers(session, arguments.layer),
        )
        try:
            outcome = found.result()
        finally:
            clear_progress()
        saved = _save(session, outcome, arguments.out) if arguments.out is not None else None
    if arguments.json:
        print_json(_as_dict(arguments.model, given.fact, outcome, saved))
    else:
        _print(outcome, saved)
    return 0


class _Given:
    """The edit, its checks and texts, as the options say them.

    Raises:
        KnownError: something is missing, or a file cannot be read; also where the folder to save into is not new.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        out = arguments.out
        if out is not None and (out.is_file() or (out.is_dir() and any(out.iterdir()))):  # said before the work
            raise KnownError(f"“{out}” holds something already; choose a new folder, so that no model is overwritten.")
        paraphrases, neighbours = list(arguments.paraphrase), list(arguments.neighbour)
        more = [] if arguments.checks is None else read_checks(arguments.checks, arguments.target.strip())
        self.texts = [] if arguments.texts is None else read_lines(arguments.texts)
        if not (paraphrases or neighbours or more):
            suggested = suggested_checks(arguments.model, arguments.prompt)
            paraphrases, neighbours = _suggested(suggested, arguments.subject)
            if suggested is not None and arguments.memory is None:
                self.texts = self.texts or list(suggested.texts)
        kept = [*neighbours, *(check.prompt for check in more if check.kind == "neighbour")]
        self.fact = fact_edit(arguments.prompt, arguments.subject, arguments.target, kept)
        self.checks = edit_checks(self.fact, paraphrases, neighbours, more)


def _suggested(suggested: SuggestedChecks | None, subject: str) -> tuple[list[str], list[str]]:
    if suggested is None or suggested.subject != subject.strip():
        return [], []
    return list(suggested.paraphrases), list(suggested.neighbours)


def _layers(session: Session, layer: int | None) -> list[int] | None:
    """From 0, as the weights count them; None: all."""
    layers = editable_layers(session).result()
    if layer is not None and not 1 <= layer <= layers:
        raise KnownError(f"The model has no layer {layer}; its layers are 1 to {layers}.")
    return None if layer is None else [layer - 1]


def _save(session: Session, outcome: EditOutcome, out: Path) -> Path:
    apply_edit(session, outcome.edit).result()
    return save_edited_model(session, out).result()


def _print(outcome: EditOutcome, saved: Path | None) -> None:
    answers = [clipped(plain(check.before or "–"), 32) for check in outcome.checks]
    prompts = [clipped(plain(check.prompt), 48) for check in outcome.checks]
    wide, wider = max(map(len, prompts)), max(len("before"), *map(len, answers))
    print(f"  {'kind':10}  {'prompt':{wide}}  {'before':{wider}}  after")
    for check, prompt, before in zip(outcome.checks, prompts, answers, strict=True):
        sign = "✓" if check.passed else "✗"
        print(f"{sign} {check.kind:10}  {prompt:{wide}}  {before:{wider}}  {clipped(plain(check.after or '–'), 32)}")
    print(f"\n{outcome_words(outcome)}   (layer {outcome.edit.layer + 1})")
    if saved is not None:
        print(f"The edited model is saved in {plain(str(saved))}.")


def _as_dict(model: str, fact: FactEdit, outcome: EditOutcome, saved: Path | None) -> dict[str, Any]:
    kinds = {check.kind for check in outcome.checks}
    return {
        "model": model,
        "prompt": fact.prompt,
        "subject": fact.subject,
        "target": fact.target,
        "layer": outcome.edit.layer,
        "checks": [
            {
                "kind": check.kind,
                "prompt": check.prompt,
                "expected": check.expected or None,
                "before": check.before,
                "after": check.after,
                "passed": check.passed,
            }
            for check in outcome.checks
        ],
        "shares": {kind: outcome.share(kind) if kind in kinds else None for kind in CHECK_KINDS},
        "saved": str(saved) if saved is not None else None,
    }
