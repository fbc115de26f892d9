"""The rank-one edit of one fact in the loaded model's weights: tried, applied, taken back, saved."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.core.neurons import CheckPrompt, EditOutcome, FactEdit, NeuronScale, RankOneEdit
from memviz.core.progress import Progress, no_progress
from memviz.core.protocols import EditableWeights
from memviz.session.fact_checks import SuggestedChecks, suggested_checks
from memviz.session.session import Session

T = TypeVar("T")

#: Texts whose keys shall keep their values, where nobody says how many.
SAMPLED_TEXTS = 200


def editable_layers(session: Session) -> Future[int]:
    """How many layers the loaded model has in which a fact can be edited.

    The future raises :class:`KnownError` where its weights cannot be edited: it is no causal language model, or has no
    feed-forward layers of a known form.
    """
    return _with_weights(session, lambda weights: int(weights.layers))


def suggest_checks(session: Session, prompt: str) -> Future[SuggestedChecks | None]:
    """:func:`~memviz.session.fact_checks.suggested_checks` for the loaded model, away from the caller's thread."""
    return session.model_call(lambda _: suggested_checks(session.model_name, prompt))


def try_fact_edit(
    session: Session,
    fact: FactEdit,
    checks: Sequence[CheckPrompt],
    texts: Sequence[str],
    progress: Progress = no_progress,
    layers: Sequence[int] | None = None,
) -> Future[EditOutcome]:
    """Looks for the best edit of a fact, on the query thread; the weights stay as they are.

    Args:
        checks: the table before and after; where several layers are tried, they choose the layer.
        texts: whose keys shall keep their values, see :func:`sample_texts`.
        progress: called on the query thread; it may raise ``Cancelled``.
        layers: that are tried, from 0; None: all.

    The future raises :class:`KnownError` for what the user can mend.
    """
    given, kept = tuple(checks), tuple(texts)
    return _with_weights(session, lambda weights: weights.try_edit(fact, given, kept, layers=layers, progress=progress))


def check_edit(session: Session, edit: RankOneEdit, checks: Sequence[CheckPrompt]) -> Future[EditOutcome]:
    """The table before and after of an edit on other prompts than those that chose its layer.

    The weights stay as they are. Errors as :func:`try_fact_edit`.
    """
    return _with_weights(session, lambda weights: weights.check(edit, checks))


def apply_edit(session: Session, edit: RankOneEdit) -> Future[int]:
    """Puts an edit into the loaded model's weights, until it is taken back; returns how many are in them then."""

    def apply(weights: Any) -> int:
        weights.apply(edit)
        return len(weights.edits)

    return _with_weights(session, apply)


def undo_edit(session: Session) -> Future[RankOneEdit | None]:
    """Takes the newest edit back, bit by bit; None where there is none."""
    return _with_weights(session, lambda weights: weights.undo())


def weights_edits(session: Session) -> Future[tuple[RankOneEdit, ...]]:
    """The edits that are in the loaded model's weights, the newest last; none where they cannot be edited."""

    def edits(model: Any) -> tuple[RankOneEdit, ...]:
        # As long as nothing was changed, nobody needs to look for the layers.
        return tuple(model.weights.edits) if getattr(model, "weights_version", 0) else ()

    return session.model_call(edits)


def save_edited_model(session: Session, folder: Path, scales: Sequence[NeuronScale] = ()) -> Future[Path]:
    """Writes the model as it is now, with these neurons scaled, into a new folder, in the type in which it is loaded.

    The future raises :class:`KnownError` where nothing is changed, the folder holds something already, or it cannot be
    written.
    """
    return _with_weights(session, lambda weights: weights.save(folder, scales))


def sample_texts(session: Session, limit: int = SAMPLED_TEXTS, seed: int = 0) -> Future[list[str]]:
    """Texts of up to ``limit`` entries of the open memory, drawn at random; none where no memory is open.

    Their keys are what an edit leaves as it is; the caller adds the prompts of its checks, which count in any case.
    """
    if not session.memory_url:
        nothing: Future[list[str]] = Future()
        nothing.set_result([])
        return nothing

    def sample(store: Store) -> list[str]:
        ids = store.search_ids()
        chosen = random.Random(seed).sample(range(len(ids)), min(limit, len(ids)))
        return [entry.text for entry in store.get([ids[at] for at in sorted(chosen)]) if entry.text.strip()]

    return session.store_call(sample)


def _with_weights(session: Session, call: Callable[[Any], T]) -> Future[T]:
    """Calls ``call(weights)`` on the query thread."""

    def with_model(model: Any) -> T:
        if not isinstance(model, EditableWeights):
            raise KnownError(
                "A fact can only be edited in the weights of a causal language model, and the loaded model is of"
                " another kind; load one, for example movies-recaller."
            )
        return call(model.weights)

    return session.model_call(with_model)
