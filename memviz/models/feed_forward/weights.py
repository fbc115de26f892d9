"""Edits of the weights that can be taken back bit by bit, and saving them as a model folder of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from memviz.core.errors import KnownError
from memviz.core.neurons import NeuronScale, RankOneEdit
from memviz.models.feed_forward.capture import check_neuron, factors_of
from memviz.models.feed_forward.layers import FeedForwardLayers
from memviz.models.machine_limits import limits_known


class EditedWeights:
    """The edits of one model's weights, the newest last. It keeps the original of every matrix that it changes.

    Used by one thread at a time, the one that runs the model.
    """

    def __init__(self, layers: FeedForwardLayers) -> None:
        self._layers = layers
        self._done: list[tuple[RankOneEdit, Tensor]] = []  # each with the layer's weights before it

    @property
    def edits(self) -> tuple[RankOneEdit, ...]:
        """Applied and not taken back."""
        return tuple(edit for edit, _ in self._done)

    @torch.no_grad()
    def apply(self, edit: RankOneEdit) -> None:
        """Changes the weights of one layer.

        Raises:
            KnownError: the edit is of a model of another size, or out of memory.
        """
        check_neuron(self._layers, edit.layer)
        if edit.left.shape != (self._layers.width,) or edit.right.shape != (self._layers.neurons,):
            raise KnownError("The edit is of a model of another size; make it again for this one.")
        weight = self._layers.weight(edit.layer)
        left, right = (torch.tensor(part, device=weight.device) for part in (edit.left, edit.right))
        with limits_known():
            before = weight.clone()
            changed = (weight.float() + torch.outer(left, right)).to(weight.dtype)
        self._done.append((edit, before))  # not before: what fails above has changed nothing
        weight.copy_(changed)

    @torch.no_grad()
    def undo(self) -> RankOneEdit | None:
        """Takes the newest edit back, bit by bit; returns it, or None where there is none."""
        if not self._done:
            return None
        edit, before = self._done.pop()
        self._layers.weight(edit.layer).copy_(before)
        return edit

    def undo_all(self) -> None:
        while self.undo() is not None:
            pass


@contextmanager
def edited(layers: FeedForwardLayers, edit: RankOneEdit) -> Iterator[None]:
    """While open, the edit is applied. Errors as :meth:`EditedWeights.apply`."""
    weights = EditedWeights(layers)
    weights.apply(edit)
    try:
        yield
    finally:
        weights.undo()


@contextmanager
def folded(layers: FeedForwardLayers, scales: Sequence[NeuronScale]) -> Iterator[None]:
    """While open, the scales are in the weights: the neurons' columns are multiplied. Then the bits are as they were.

    Raises:
        KnownError: a layer, neuron or factor that the model does not have.
    """
    factors = factors_of(layers, scales)
    before = {layer: layers.weight(layer).detach().clone() for layer in factors}
    try:
        with torch.no_grad():
            for layer, factor in factors.items():
                weight = layers.weight(layer)
                weight.mul_(factor.to(weight))
        yield
    finally:
        with torch.no_grad():
            for layer, weight in before.items():
                layers.weight(layer).copy_(weight)


def save_edited(
    layers: FeedForwardLayers,
    tokenizer: Any,
    folder: Path,
    *,
    scales: Sequence[NeuronScale] = (),
    original: Path | None = None,
) -> Path:
    """Writes the model as it is now, with the scales folded in, as a folder of its own; returns the folder.

    Weights are written in the type in which the model is loaded.

    Args:
        original: the folder the model came from: its ``memviz.json`` is copied where there is one.

    Raises:
        KnownError: the folder holds something already, or cannot be written.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise KnownError(f"“{folder}” holds something already; choose a new folder, so that no model is overwritten.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with folded(layers, scales):
            layers.model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        if original is not None and (original / "memviz.json").is_file():
            shutil.copyfile(original / "memviz.json", folder / "memviz.json")
    except OSError as error:
        raise KnownError(
            f"The model cannot be saved into “{folder}” ({error.strerror}); choose another folder."
        ) from error
    return folder
