"""Feeds tokens to the decoder of an encoder-decoder model and tells what the last of them read in the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, EncoderDecoderCache, LogitsProcessorList, PreTrainedModel

from memviz.core.errors import BugError
from memviz.models.attention.capture import Recording, attention_configs, capture_rows
from memviz.models.attention.matrices import MatrixRecording
from memviz.models.attention.probe import (
    CaptureKind,
    Seq2SeqCapture,
    eager_attention,
    record_attentions,
)
from memviz.models.attention.whole import read_whole
from memviz.models.causal.kv_cache import cache_bytes
from memviz.models.machine_limits import limits_known


@dataclass(frozen=True, slots=True)
class Encoded:
    """A source that the encoder has read.

    Attributes:
        outputs: the encoder's.
        mask: [1, T], all ones.
        attention: [L, H, T, T] within the source, or None where it is too long or the model hands out none.
    """

    outputs: Any
    mask: Tensor
    attention: Tensor | None


def encode(model: PreTrainedModel, capture: CaptureKind, ids: Sequence[int]) -> Encoded:
    """The encoder reads the source; the model is as it was afterwards.

    Raises:
        KnownError: out of memory, or a device that cannot compute in the model’s dtype.
    """
    tokens = torch.tensor([list(ids)], device=model.device)  # [1, T]
    mask = torch.ones_like(tokens)
    options = {"input_ids": tokens, "attention_mask": mask}
    recording = MatrixRecording(-1, capture.layers)
    with torch.inference_mode(), limits_known():
        outputs = read_whole(model, capture, recording, partial(model.get_encoder(), **options))
        matrices = recording.matrices()
    return Encoded(outputs, mask, None if matrices is None else matrices.cpu())


class DecoderReader:
    """One run's decoder passes over its key-value cache, for one text or for several beams at once.

    The model is touched only inside :meth:`read` and :meth:`read_beams`; between two calls it is as it was.

    Args:
        model: in eval mode.
        capture: how its attention is captured.
        encoded: the source.
        slot_of_token: for each source token the index of its slot.
        slots: N.
        rules: what may not come and what must.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        capture: Seq2SeqCapture,
        encoded: Encoded,
        *,
        slot_of_token: Sequence[int],
        slots: int,
        rules: LogitsProcessorList,
    ) -> None:
        self._model = model
        self._capture = capture
        self._configs = attention_configs(model)
        self._encoded = encoded
        self._rules = rules
        with limits_known():
            owners = torch.tensor(list(slot_of_token), device=model.device)
            self._assignment = torch.nn.functional.one_hot(owners, slots).float()  # [T, N]
        # Made here and without a configuration: that of a T5 counts the encoder's layers, not the decoder's.
        self._cache: Any = EncoderDecoderCache(DynamicCache(), DynamicCache())
        self._ids = torch.zeros(1, 0, dtype=torch.long, device=model.device)  # [B, t]

    @property
    def cache_bytes(self) -> tuple[int, ...]:
        """Bytes of the decoder's key-value caches, those over itself and over the source together, by layer."""
        own, cross = self._cache.self_attention_cache, self._cache.cross_attention_cache
        return tuple(map(sum, zip(cache_bytes(own), cache_bytes(cross), strict=True)))

    @property
    def skims(self) -> bool:
        """The encoder has read the source; what the decoder begins with is short."""
        return False

    def skim(self, ids: Sequence[int]) -> None:
        raise BugError(f"{len(ids)} tokens are skimmed by a decoder")

    def read(self, ids: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Appends decoder tokens and returns what the last of them leads to.

        Returns:
            Logits [V] of the next token with the rules applied, and read weights [L, H, N] float32 on the CPU over the
            source's slots, or None without capture.

        Raises:
            KnownError: out of memory, or a device that cannot compute in the model’s dtype.
        """
        new = torch.tensor([list(ids)], device=self._model.device)
        logits, weights = self._advance(new)
        return self._rules(self._ids, logits)[0], None if weights is None else weights[:, 0]

    def read_beams(self, ids: Sequence[int], parents: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Beam b goes on from the text of beam ``parents[b]`` with token ``ids[b]``.

        Returns:
            Log-probabilities [B, V] with the rules applied, and read weights [L, B, H, N], or None.
        """
        chosen = torch.tensor(list(parents), device=self._model.device)
        self._cache.reorder_cache(chosen)
        self._ids = self._ids[chosen]
        logits, weights = self._advance(torch.tensor(list(ids), device=self._model.device)[:, None])
        return self._rules(self._ids, torch.log_softmax(logits.float(), dim=-1)), weights

    def _advance(self, new: Tensor) -> tuple[Tensor, Tensor | None]:
        """Reads tokens [B, t]; logits [B, V] and read weights [L, B, H, N]."""
        self._ids = torch.cat([self._ids, new], dim=1)
        recording = Recording(self._assignment, self._encoded.mask.shape[1], only=self._capture.cross_modules)
        kind = self._capture.cross
        with torch.inference_mode(), limits_known():
            if kind.name == "rows":
                with capture_rows(self._configs, recording):
                    outputs = self._forward(new)
            elif kind.name == "eager":
                with eager_attention(self._model, self._configs):
                    outputs = self._forward(new, output_attentions=True)
                record_attentions(recording, outputs, "cross_attentions")
            else:
                outputs = self._forward(new)
        if kind.name == "none":
            return outputs.logits[:, -1], None
        if recording.layers != kind.layers:
            raise BugError(f"{recording.layers} of {kind.layers} layers were captured")
        return outputs.logits[:, -1], recording.weights().cpu()

    def _forward(self, new: Tensor, **options: Any) -> Any:
        beams = new.shape[0]
        outputs = self._encoded.outputs
        if beams > 1:
            hidden = outputs.last_hidden_state.expand(beams, -1, -1)
            outputs = type(outputs)(last_hidden_state=hidden)
        return self._model(
            encoder_outputs=outputs,
            attention_mask=self._encoded.mask.expand(beams, -1),
            decoder_input_ids=new,
            past_key_values=self._cache,
            use_cache=True,
            **options,
        )
