"""What an edit of a fact is checked by: paraphrases and neighbours, typed in or taken from the facts that ship."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError
from memviz.core.neurons import CHECK_KINDS, CheckPrompt, EditOutcome, FactEdit
from memviz.session.bundled import DEFAULT_MEMORY, packed_facts

if TYPE_CHECKING:
    from memviz.models.recaller.phrasings import LearnedFact

#: The model whose facts are known here, so that it can be said what to check.
RECALLER = "movies-recaller"
NEIGHBOURS = 50
#: Facts whose sentences show which keys shall keep their values.
_KEPT_FACTS = 200


@dataclass(frozen=True, slots=True)
class SuggestedChecks:
    """What to check for a fact that a model is known to have learned.

    Attributes:
        subject: of the fact.
        answer: what the model learned.
        paraphrases: the same fact in other words.
        neighbours: facts that shall stay: first the others about the same subject, then others of the same kind.
        texts: sentences of facts, whose keys shall keep their values.
    """

    subject: str
    answer: str
    paraphrases: tuple[str, ...]
    neighbours: tuple[str, ...]
    texts: tuple[str, ...]


def fact_edit(prompt: str, subject: str, target: str, neighbours: Iterable[str] = ()) -> FactEdit:
    """The edit with what is known to stay: neighbours that hold the subject are kept while the new value is sought.

    Raises:
        KnownError: something is missing, or the prompt does not hold the subject.
    """
    prompt, subject, target = prompt.rstrip(), subject.strip(), target.strip()
    if not prompt:
        raise KnownError("The fact has no prompt; write the words that the model goes on from.")
    if not subject:
        raise KnownError("The fact has no subject; write the part of the prompt that it is about.")
    if subject not in prompt:
        raise KnownError(
            f"The prompt does not hold the subject “{subject}”; name a part of the prompt, letter by letter."
        )
    if not target:
        raise KnownError("The fact has no new object; write what the model shall answer.")
    alone = re.compile(rf"(?<!\w){re.escape(subject)}(?!\w)")
    keep = tuple(
        dict.fromkeys(other for other in neighbours if alone.search(other) and other.strip() != prompt.strip())
    )
    return FactEdit(prompt, subject, target, keep=keep)


def edit_checks(
    fact: FactEdit, paraphrases: Iterable[str], neighbours: Iterable[str], more: Iterable[CheckPrompt] = ()
) -> list[CheckPrompt]:
    """The fact itself, its paraphrases and its neighbours; blank and repeated prompts are left out."""
    given = (
        CheckPrompt("edited", fact.prompt, fact.target),
        *(CheckPrompt("paraphrase", prompt.strip(), fact.target) for prompt in paraphrases),
        *(CheckPrompt("neighbour", prompt.strip()) for prompt in neighbours),
        *more,
    )
    checks: dict[str, CheckPrompt] = {}
    for check in given:
        if check.prompt.strip():
            checks.setdefault(check.prompt.strip(), check)
    return sorted(checks.values(), key=lambda check: CHECK_KINDS.index(check.kind))


def kept_texts(texts: Sequence[str], checks: Sequence[CheckPrompt]) -> list[str]:
    """The texts whose keys shall keep their values: those, and the neighbours' prompts; never none at all."""
    kept = [*texts, *(check.prompt for check in checks if check.kind == "neighbour")]
    return kept or [check.prompt for check in checks]


def suggested_checks(model: str, prompt: str, neighbours: int = NEIGHBOURS, seed: int = 0) -> SuggestedChecks | None:
    """What to check, from the facts that ship, for a prompt as ``movies-recaller`` learned it.

    The first call reads the facts of the movie memory, which takes half a second.

    Args:
        model: name of the loaded model.
        seed: draws the neighbours.

    Returns:
        None for another model, or for a prompt that asks for no fact that it learned.
    """
    if model != RECALLER:
        return None
    facts, by_prompt = _learned()
    found = by_prompt.get(_compared(prompt))
    if found is None:
        return None
    fact, asked = found
    generator = random.Random(seed)
    own = [other for other in facts if other.subject == fact.subject and other.relation != fact.relation]
    others = [other for other in facts if other.relation == fact.relation and other.subject != fact.subject]
    others = generator.sample(others, min(len(others), max(0, neighbours - len(own))))
    shown = generator.sample(facts, min(len(facts), _KEPT_FACTS))
    return SuggestedChecks(
        fact.subject,
        fact.answer,
        tuple(fact.prompt(phrasing) for phrasing in _phrasings(fact) if phrasing != asked),
        (
            *(other.prompt(asked) for other in own),
            *(other.prompt(at % len(_phrasings(other))) for at, other in enumerate(others)),
        )[:neighbours],
        tuple(f"{other.prompt(at % len(_phrasings(other)))} {other.answer}" for at, other in enumerate(shown)),
    )


def read_checks(path: Path, target: str) -> list[CheckPrompt]:
    """Checks from a file with a JSON object on each line: ``kind``, ``prompt`` and ``expected``.

    Args:
        target: what is expected where an object does not say it and is no neighbour.

    Raises:
        KnownError: the file cannot be read, or a line is not of this form.
    """
    checks = []
    for number, line in enumerate(read_lines(path), 1):
        try:
            row = json.loads(line)
            kind, prompt = row["kind"], row["prompt"]
            expected = row.get("expected", "" if kind == "neighbour" else target)
        except (ValueError, KeyError, TypeError, AttributeError):
            kind = prompt = expected = None
        if kind not in CHECK_KINDS or not isinstance(prompt, str) or not isinstance(expected, str):
            raise KnownError(
                f'Line {number} of {path} is no check; write {{"kind": "paraphrase", "prompt": "…"}} on each line, with'
                f" one of the kinds {', '.join(CHECK_KINDS)}."
            )
        checks.append(CheckPrompt(kind, prompt, expected))
    return checks


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that are not blank.

    Raises:
        KnownError: it cannot be read, or is no UTF-8 text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise KnownError(f"{path} cannot be read ({error.strerror}); name another file.") from error
    except UnicodeDecodeError as error:
        raise KnownError(f"{path} is no UTF-8 text; save it as UTF-8.") from error
    return [line for line in lines if line.strip()]


def outcome_words(outcome: EditOutcome) -> str:
    """In one line, how many of each kind passed."""
    words = {
        "edited": "edited {} of {}",
        "paraphrase": "paraphrases {} of {}",
        "neighbour": "neighbours {} of {} unchanged",
    }
    parts = []
    for kind in CHECK_KINDS:
        passed = [check.passed for check in outcome.checks if check.kind == kind]
        if passed:
            parts.append(words[kind].format(sum(passed), len(passed)))
    return "   ·   ".join(parts)


def _phrasings(fact: LearnedFact) -> range:
    from memviz.models.recaller.phrasings import PHRASINGS

    return range(len(PHRASINGS[fact.relation]))


@cache
def _learned() -> tuple[list[LearnedFact], dict[str, tuple[LearnedFact, int]]]:
    """The facts that the shipped recaller learned, and each by its prompts with the phrasing's number."""
    from memviz.models.recaller.phrasings import learned_facts
    from memviz.models.recaller.recipe import RecallerRecipe

    facts = learned_facts(packed_facts(DEFAULT_MEMORY), RecallerRecipe().movies)
    return facts, {_compared(fact.prompt(n)): (fact, n) for fact in facts for n in _phrasings(fact)}


def _compared(prompt: str) -> str:
    return " ".join(prompt.split())
