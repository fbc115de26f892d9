"""Edits tried out: the table before and after, and the layer in which an edit does best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.neurons import CheckPrompt, EditCheck, EditOutcome, FactEdit, RankOneEdit
from memviz.core.progress import Progress, no_progress
from memviz.models.feed_forward.answers import answers
from memviz.models.feed_forward.fact_tokens import fact_tokens
from memviz.models.feed_forward.layers import FeedForwardLayers
from memviz.models.feed_forward.rank_one import EditSettings, key_moments, rank_one_edit
from memviz.models.feed_forward.weights import edited

#: Answers that an edit's checks are compared by are at most so many tokens long.
ANSWER_TOKENS = 12
_PART = 100  # steps of a bar for each half of a layer


def answers_before(layers: FeedForwardLayers, tokenizer: Any, checks: Sequence[CheckPrompt]) -> list[str]:
    """What the model answers now."""
    return answers(layers.model, tokenizer, [check.prompt for check in checks], max_tokens=ANSWER_TOKENS)


def outcome(
    layers: FeedForwardLayers,
    tokenizer: Any,
    edit: RankOneEdit,
    checks: Sequence[CheckPrompt],
    before: Sequence[str],
) -> EditOutcome:
    """The table before and after. The edit is applied meanwhile, and taken back.

    Args:
        before: of :func:`answers_before` for the same checks.
    """
    with edited(layers, edit):
        after = answers_before(layers, tokenizer, checks)
    rows = zip(checks, before, after, strict=True)
    return EditOutcome(edit, tuple(EditCheck(c.kind, c.prompt, c.expected, was, now) for c, was, now in rows))


def best_edit(
    layers: FeedForwardLayers,
    tokenizer: Any,
    fact: FactEdit,
    checks: Sequence[CheckPrompt],
    texts: Sequence[str],
    *,
    tried: Sequence[int] | None = None,
    settings: EditSettings | None = None,
    progress: Progress = no_progress,
    report: Callable[[EditOutcome], None] = lambda _: None,
) -> EditOutcome:
    """The edit in the layer where it does best. Blocks for seconds with a small model, for minutes with a larger one.

    The choice is by trying: every layer is edited in turn, checked and put back. Best is the one that changes the
    edited fact, then the one with the greatest mean of the share of paraphrases that follow and the share of
    neighbours that stay, and of equals the earliest: more of the model reads what it says. So the checks decide, and
    are no independent measure of the edit that is returned; for that, check it once more on prompts that are not among
    them (:func:`outcome`). ROME's causal tracing is not done: it tells where a fact passes through, which was found to
    say little about where an edit does best (Hase et al., "Does Localization Inform Editing?", 2023).

    Args:
        checks: ``edited``, ``paraphrase`` and ``neighbour`` prompts.
        texts: whose keys shall keep their values.
        tried: layers; None: all.
        report: is given every layer's outcome, as it is there.

    Raises:
        KnownError: as :func:`~memviz.models.feed_forward.rank_one.rank_one_edit`; or the new object, or a prompt, is
            too long.
        Cancelled: from ``progress``; the weights are as they were.
    """
    needed = max(len(row.ids) - row.target for row in fact_tokens(tokenizer, fact))
    if needed > ANSWER_TOKENS:
        raise KnownError(
            f"The new object takes {needed} tokens, and answers are compared over {ANSWER_TOKENS}; use a shorter one."
        )
    numbers = range(len(layers)) if tried is None else tried
    before = answers_before(layers, tokenizer, checks)
    found = []
    for done, layer in enumerate(numbers):
        looking, seeking = (
            _part_of(progress, 2 * done + half, 2 * len(numbers), f"Trying layer {layer + 1}") for half in (0, 1)
        )
        moments = key_moments(layers, tokenizer, texts, layer, progress=looking)
        edit = rank_one_edit(layers, tokenizer, fact, layer, moments, settings=settings, progress=seeking)
        found.append(outcome(layers, tokenizer, edit, checks, before))
        report(found[-1])
    return max(found, key=_merit)


def _part_of(progress: Progress, part: int, parts: int, words: str) -> Progress:
    """Tells one of the equal parts of a job as what it is of the whole; so every step is seen and can be cancelled."""

    def report(done: int, total: int, doing: str) -> None:
        within = done * _PART // max(1, total)
        progress(part * _PART + within, parts * _PART, f"{words}: {doing[:1].lower()}{doing[1:]}")

    return report


def _merit(result: EditOutcome) -> tuple[float, float, int]:
    mean = (result.share("paraphrase") + result.share("neighbour")) / 2
    return result.share("edited"), mean, -result.edit.layer
