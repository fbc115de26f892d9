"""The decoding loop: one prompt in, one event stream out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from torch import Tensor

from memviz.core.arrays import frozen_array
from memviz.core.errors import KnownError
from memviz.core.events import Alternative, CacheEvent, Event, FinishEvent, OutputEvent, ProgressEvent, ReadEvent
from memviz.models.answering.detokenizer import Detokenizer, TokenTexts
from memviz.models.answering.sampling import Sampler
from memviz.models.answering.stopping import StopStrings

#: Tokens of a prompt that are read at once; between two parts a run can be cancelled, and tells how far it is.
CHUNK = 2_048


@dataclass(frozen=True, slots=True)
class Ending:
    """When an answer ends.

    Attributes:
        max_tokens: after this many tokens.
        token_ids: at one of these tokens (end of sequence).
        strings: before one of these strings.
    """

    max_tokens: int
    token_ids: frozenset[int]
    strings: tuple[str, ...] = ()


class StepReader(Protocol):
    """Takes tokens and gives logits [V] of the next one, and read weights [L, H, N] or None."""

    def read(self, ids: Sequence[int]) -> tuple[Tensor, Tensor | None]: ...

    @property
    def skims(self) -> bool:
        """Whether a long prompt may be read in parts."""
        ...

    def skim(self, ids: Sequence[int]) -> None:
        """Reads a part of the prompt of which nothing is told."""
        ...

    @property
    def cache_bytes(self) -> tuple[int, ...]:
        """Bytes that are kept of what was read, by layer; empty where that is not known."""
        ...


def broken_numbers(model_name: str, step: int) -> KnownError:
    """What is said where a model's logits are no numbers."""
    return KnownError(
        f"“{model_name}” computed broken numbers (NaN) at step {step}; load it as float32 or check its weights."
    )


def decode(
    reader: StepReader,
    prompt_ids: Sequence[int],
    *,
    tokenizer: Any,
    texts: TokenTexts,
    sampler: Sampler,
    ending: Ending,
    model_name: str,
    timings: dict[str, float],
) -> Iterator[Event]:
    """Yields a :class:`ReadEvent` and an :class:`OutputEvent` per token and a :class:`FinishEvent` at the end.

    The read of step k was made by the forward pass that led to token k: by the prompt's last token at step 0, by token
    k - 1 later. Time that the caller spends between events is not counted.

    Args:
        timings: seconds so far by name; ``prefill`` and ``generate`` are added.

    Raises:
        KnownError: the model's numbers are broken (NaN), or memory is used up.
    """
    detokenizer = Detokenizer(tokenizer, prompt_ids)
    stops = StopStrings(ending.strings)
    ids = list(prompt_ids)
    answer: list[str] = []
    reason = "length"
    for start in range(0, len(prompt_ids) - CHUNK, CHUNK) if reader.skims else ():
        began = time.perf_counter()
        reader.skim(ids[:CHUNK])
        ids = ids[CHUNK:]
        timings["prefill"] = timings.get("prefill", 0.0) + time.perf_counter() - began
        yield ProgressEvent(start + CHUNK, len(prompt_ids))
    for step in range(ending.max_tokens):
        began = time.perf_counter()
        logits, weights = reader.read(ids)
        choice = sampler.choose(logits)
        phase = "prefill" if step == 0 else "generate"
        timings[phase] = timings.get(phase, 0.0) + time.perf_counter() - began
        if math.isnan(choice.logprob):
            raise broken_numbers(model_name, step)
        if step == 0 and reader.cache_bytes:
            yield CacheEvent(len(prompt_ids), reader.cache_bytes)
        if weights is not None:
            yield ReadEvent(step, frozen_array(weights.numpy()))
        ended = choice.token_id in ending.token_ids
        text = "" if ended else stops.add(detokenizer.add(choice.token_id))
        if not stops.stopped and (ended or step == ending.max_tokens - 1):
            text += stops.add(detokenizer.flush())
            text += stops.flush()
        answer.append(text)
        yield OutputEvent(
            step=step,
            text=text,
            token_id=choice.token_id,
            logprob=choice.logprob,
            alternatives=tuple(Alternative(texts[i], i, logprob) for i, logprob in choice.runners_up),
            special=(ended or stops.stopped) and not text,
        )
        if ended or stops.stopped:
            reason = "end"
            break
        ids = [choice.token_id]
    yield FinishEvent(reason, "".join(answer), MappingProxyType(dict(timings)))
