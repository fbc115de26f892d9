"""Choosing the next token from logits, reproducibly."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from memviz.core.errors import KnownError
from memviz.core.query import Query

#: How many tokens that could have come instead are told per step.
RUNNERS_UP = 5

#: Below it, float32 has no more numbers for a temperature; everything but the best is impossible long before.
_COLDEST = 1e-30


@dataclass(frozen=True, slots=True)
class Choice:
    """One chosen token; log-probabilities are at temperature 1, before any nucleus is cut.

    Attributes:
        token_id: the chosen token.
        logprob: its log-probability (nan where the logits are broken).
        runners_up: (token id, log-probability) of the most probable other tokens, best first.
    """

    token_id: int
    logprob: float
    runners_up: tuple[tuple[int, float], ...]


class Sampler:
    """Greedy at temperature 0, else sampling from the nucleus of ``top_p`` with a generator of its own.

    The generator lives on the CPU, so that the same seed gives the same answer on every device.

    Raises:
        KnownError: a temperature or top_p that means nothing.
    """

    def __init__(self, *, temperature: float, top_p: float, seed: int) -> None:
        if not 0.0 <= temperature < float("inf"):
            raise KnownError(f"The temperature must be 0 (greedy) or more, not {temperature!r}.")
        if not 0.0 < top_p <= 1.0:
            raise KnownError(f"top_p must be above 0 and at most 1, not {top_p!r}.")
        self._temperature = temperature
        self._top_p = top_p
        self._generator = torch.Generator().manual_seed(seed % 2**63)

    @classmethod
    def of(cls, query: Query) -> Sampler:
        return cls(temperature=query.temperature, top_p=query.top_p, seed=query.seed)

    def choose(self, logits: Tensor) -> Choice:
        """Chooses from ``logits`` [V]."""
        logprobs = torch.log_softmax(logits.float(), dim=-1)
        best = torch.topk(logprobs, min(RUNNERS_UP + 1, logprobs.shape[-1]))
        ranked = list(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        # Greedy is not the first of topk: among equal logits generate() takes the one that argmax takes.
        token_id = int(logits.argmax()) if self._temperature == 0.0 else self._sample(logits)
        logprob = float(logprobs[token_id])
        others = tuple(pair for pair in ranked if pair[0] != token_id)[:RUNNERS_UP]
        return Choice(token_id, logprob, others)

    def _sample(self, logits: Tensor) -> int:
        known = logits.float().cpu()
        # From the greatest down: divided by a tiny temperature the logits themselves would be infinite.
        probabilities = nucleus((known - known.max()) / max(self._temperature, _COLDEST), self._top_p)
        if not bool(torch.isfinite(probabilities).all()):
            return 0  # broken logits; the caller sees it by the nan log-probability
        return int(torch.multinomial(probabilities, 1, generator=self._generator))


def nucleus(logits: Tensor, top_p: float) -> Tensor:
    """Probabilities [V] over the smallest set of most probable tokens that holds ``top_p`` of the mass.

    Holtzman et al. 2020, section 3.1. The most probable token always stays; ties keep the lower id.
    """
    probabilities = torch.softmax(logits, dim=-1)
    if top_p >= 1.0:
        return probabilities
    ordered, order = torch.sort(probabilities, descending=True, stable=True)
    before = torch.cumsum(ordered, dim=-1) - ordered
    kept = torch.where(before < top_p, ordered, torch.zeros(()))
    kept[0] = ordered[0]
    return torch.zeros_like(probabilities).scatter(0, order, kept / kept.sum())
