"""Feeds tokens to a causal model and tells what the last of them read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from memviz.core.errors import BugError
from memviz.models.attention.capture import Recording, attention_configs, capture_rows
from memviz.models.attention.probe import CaptureKind, eager_attention, record_attentions
from memviz.models.causal.kv_cache import cache_bytes, can_rewind, rewound, roomy_cache
from memviz.models.machine_limits import limits_known


class TokenReader:
    """One run's forward passes over its key-value cache.

    The model is touched only inside :meth:`read`; between two calls it is as it was.

    Args:
        model: in eval mode.
        kind: how its attention is captured.
        slot_of_token: for each of the first tokens the index of its slot; later tokens belong to ``later_slot``.
        later_slot: the answer's.
        slots: N.
        capacity: the most tokens that this run can come to.
        keep_rows: also keep the whole row of the last read (:meth:`rows`).
        around: is open around every forward pass: what a run changes of its model for itself.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        kind: CaptureKind,
        *,
        slot_of_token: Sequence[int],
        later_slot: int,
        slots: int,
        capacity: int,
        keep_rows: bool = False,
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._model = model
        self._around = around
        self._kind = kind
        self._configs = attention_configs(model)
        self._keep_rows = keep_rows
        with limits_known():
            slot = torch.full((capacity,), later_slot, device=model.device)
            slot[: len(slot_of_token)] = torch.tensor(slot_of_token, device=model.device)
            self._assignment = torch.nn.functional.one_hot(slot, slots).float()  # [capacity, N]
        accepted = inspect.signature(model.forward).parameters
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in accepted else {}
        self._takes_mask = "attention_mask" in accepted
        self._cache: Any = roomy_cache(model, capacity)
        self._cached = 0  # tokens that the cache holds
        self._ids: list[int] = []
        self._recording: Recording | None = None

    @property
    def skims(self) -> bool:
        """Whether a long prompt may be read in parts: the cache keeps them."""
        return can_rewind(self._cache)

    def skim(self, ids: Sequence[int]) -> None:
        """Appends tokens and reads them into the cache; nothing is captured.

        Raises:
            KnownError: out of memory, or a device that cannot compute in the model’s dtype.
        """
        self._ids += ids
        with torch.inference_mode(), limits_known(), self._around():
            self._forward()

    def read(self, ids: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Appends tokens and returns what the last of them leads to.

        Returns:
            Logits [V] of the next token, and read weights [L, H, N] float32 on the CPU, or None without capture.

        Raises:
            KnownError: out of memory, or a device that cannot compute in the model’s dtype.
        """
        self._ids += ids
        recording = Recording(self._assignment, len(self._ids), keep_rows=self._keep_rows)
        with torch.inference_mode(), limits_known(), self._around():
            if self._kind.name == "rows":
                with capture_rows(self._configs, recording):
                    outputs = self._forward()
            elif self._kind.name == "eager":
                outputs = self._eager_forward(recording)
            else:
                outputs = self._forward()
        self._recording = recording
        logits: Tensor = outputs.logits[0, -1]
        if self._kind.name == "none":
            return logits, None
        if recording.layers != self._kind.layers:
            raise BugError(f"{recording.layers} of {self._kind.layers} layers were captured")
        return logits, recording.weights()[:, 0].cpu()

    @property
    def ids(self) -> tuple[int, ...]:
        """All tokens that were read."""
        return tuple(self._ids)

    @property
    def cache_bytes(self) -> tuple[int, ...]:
        """Bytes of the key-value cache, by layer."""
        return cache_bytes(self._cache)

    def can_reread(self, position: int) -> bool:
        """Whether :meth:`reread` can go back to this token."""
        return 0 <= position < self._cached == len(self._ids) and can_rewind(self._cache)

    @contextmanager
    def reread(self, position: int) -> Iterator[Callable[[], Tensor]]:
        """Gives a call that reads the token at ``position`` once more and returns its logits [V].

        What was read before it comes from the cache, so this takes the time of one step, however long the prompt is.
        The cache is as it was afterwards. Attention is recorded and :meth:`rows` are kept.

        Raises:
            KnownError: out of memory, or a device that cannot compute in the model’s dtype.
        """

        def read() -> Tensor:
            recording = Recording(self._assignment[:, :1], position + 1, keep_rows=True)
            ids = torch.tensor([[self._ids[position]]], device=self._model.device)
            options: dict[str, Any] = {"past_key_values": self._cache}
            if self._takes_mask:
                options["attention_mask"] = ids.new_ones(1, position + 1)
            with torch.inference_mode(), limits_known(), self._around():
                outputs = self._captured(recording, partial(self._model, input_ids=ids, use_cache=True, **options))
            self._recording = recording
            logits: Tensor = outputs.logits[0, -1]
            return logits

        with torch.inference_mode(), rewound(self._cache, position):
            yield read

    def _captured(self, recording: Recording, forward: Callable[..., Any]) -> Any:
        """One forward pass of a single token, its attention recorded as the model allows."""
        if self._kind.name == "rows":
            with capture_rows(self._configs, recording):
                return forward()
        if self._kind.name == "eager":
            with eager_attention(self._model, self._configs):
                outputs = forward(output_attentions=True)
            record_attentions(recording, outputs)
            return outputs
        return forward()

    def rows(self) -> Tensor:
        """The last read's whole rows [L, H, T], where ``keep_rows`` asked for them."""
        if self._recording is None:
            raise BugError("rows are asked for before anything was read")
        return self._recording.rows()[:, 0].cpu()

    def _eager_forward(self, recording: Recording) -> Any:
        """The last token goes alone, so that its attention is a row and no T x T matrix is handed out."""
        with eager_attention(self._model, self._configs):
            if len(self._ids) - self._cached > 1:
                self._forward(stop=-1)
            outputs = self._forward(output_attentions=True)
        record_attentions(recording, outputs)
        return outputs

    def _forward(self, stop: int | None = None, **options: Any) -> Any:
        """Reads the tokens that the cache lacks, up to ``stop``; all of them where the architecture keeps no cache."""
        ids = torch.tensor([self._ids[self._cached : stop]], device=self._model.device)  # [1, T]
        if self._cache is not None:
            options["past_key_values"] = self._cache
        if self._takes_mask:  # all ones, as generate() passes it: some architectures (MPT) cannot do without
            options["attention_mask"] = ids.new_ones(1, self._cached + ids.shape[1])
        outputs = self._model(input_ids=ids, use_cache=True, **self._last_only, **options)
        self._cache = getattr(outputs, "past_key_values", None)
        self._cached = self._cached + ids.shape[1] if self._cache is not None else 0
        return outputs
