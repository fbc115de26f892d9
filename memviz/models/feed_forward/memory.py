"""The memory in one loaded model's weights: looked at, scaled and edited, with everything that can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from memviz.core.errors import KnownError
from memviz.core.neurons import CheckPrompt, EditOutcome, FactEdit, NeuronReport, NeuronScale, RankOneEdit
from memviz.core.progress import Progress, no_progress
from memviz.models.answering.detokenizer import TokenTexts
from memviz.models.feed_forward.capture import Seen, capture, scaled
from memviz.models.feed_forward.layers import find_layers
from memviz.models.feed_forward.lens import report, value_norms
from memviz.models.feed_forward.trials import answers_before, best_edit, outcome
from memviz.models.feed_forward.weights import EditedWeights, save_edited
from memviz.models.machine_limits import limits_known
from memviz.models.transformer import quiet_transformers

_USED_UP = "in the middle of the edit; give fewer neighbours and shorter texts, or load a smaller model"


class WeightsMemory:
    """Used by one thread at a time, the one that runs the model.

    Args:
        model: a causal language model.
        original: the folder it came from, or None.

    Raises:
        KnownError: the architecture has no feed-forward layers of a known form.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: Any, texts: TokenTexts, *, original: Path | None = None
    ) -> None:
        self._layers = find_layers(model)
        self._tokenizer = tokenizer
        self._texts = texts
        self._original = original
        self._edited = EditedWeights(self._layers)
        self._norms: Tensor | None = None
        self.version = 0

    @property
    def edits(self) -> tuple[RankOneEdit, ...]:
        """Edits that are in the weights now, the newest last."""
        return self._edited.edits

    @property
    def layers(self) -> int:
        """L: in any of them a fact can be edited."""
        return len(self._layers)

    def scaled(self, scales: Sequence[NeuronScale]) -> AbstractContextManager[None]:
        """While open, these neurons are scaled. Raises as ``capture.scaled``."""
        return scaled(self._layers, scales)

    def seen(self) -> AbstractContextManager[Seen]:
        """While open, forward passes are seen; the last one counts."""
        return capture(self._layers)

    def report(self, seen: Seen, *, strongest: int, tokens: int) -> NeuronReport:
        """What a pass that was seen says of the layers."""
        if self._norms is None:
            self._norms = value_norms(self._layers)
        return report(self._layers, self._texts, seen, self._norms, strongest=strongest, tokens=tokens)

    def try_edit(
        self,
        fact: FactEdit,
        checks: Sequence[CheckPrompt],
        texts: Sequence[str],
        *,
        layers: Sequence[int] | None = None,
        progress: Progress = no_progress,
    ) -> EditOutcome:
        """The best edit of one fact with its table before and after; the weights stay as they are. Blocks.

        Raises:
            KnownError: as ``trials.best_edit``, or out of memory.
            Cancelled: from ``progress``.
        """
        with limits_known(_USED_UP), torch.inference_mode(False):  # the value is found by gradient
            return best_edit(self._layers, self._tokenizer, fact, checks, texts, tried=layers, progress=progress)

    def check(self, edit: RankOneEdit, checks: Sequence[CheckPrompt]) -> EditOutcome:
        """The table before and after of an edit on other prompts; the weights stay as they are. Blocks.

        Raises:
            KnownError: a prompt that is too long, or an edit of a model of another size.
        """
        before = answers_before(self._layers, self._tokenizer, checks)
        return outcome(self._layers, self._tokenizer, edit, checks, before)

    def apply(self, edit: RankOneEdit) -> None:
        """Puts an edit into the weights. Raises as ``EditedWeights.apply``."""
        self._edited.apply(edit)
        self._changed()

    def undo(self) -> RankOneEdit | None:
        """Takes the newest edit back, bit by bit; None where there is none."""
        edit = self._edited.undo()
        if edit is not None:
            self._changed()
        return edit

    def save(self, folder: Path, scales: Sequence[NeuronScale] = ()) -> Path:
        """Writes the model as it is, with these neurons scaled, as a folder of its own.

        Raises:
            KnownError: nothing is changed, the folder holds something already, or it cannot be written.
        """
        if not self.edits and not scales:
            raise KnownError("Nothing of the weights is changed, so there is nothing to save; edit a fact first.")
        with quiet_transformers():
            return save_edited(self._layers, self._tokenizer, folder, scales=scales, original=self._original)

    def _changed(self) -> None:
        self._norms = None
        self.version += 1
