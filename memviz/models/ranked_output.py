"""What a memory network puts out at a step: the best of its candidates."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from memviz.core.events import Alternative, OutputEvent

ALTERNATIVES = 5


class Names(Protocol):
    """A list, or whatever else gives a text by index."""

    def __getitem__(self, index: int, /) -> str: ...


def ranked_output(step: int, names: Names, logprobs: Tensor, *, text: str | None = None) -> OutputEvent:
    """The output of a step.

    Args:
        names: of the candidates, by index.
        logprobs: of all candidates, natural logarithms.
        text: what joins the answer; None: nothing, as at a hop that is not the last. Then the best candidate is told as
            the first alternative.
    """
    best = torch.topk(logprobs, min(ALTERNATIVES + 1, len(logprobs)))
    found = [
        Alternative(names[at], at, value)
        for at, value in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        if value > -torch.inf
    ]
    if not found:
        return OutputEvent(step, text or "", -1, 0.0)
    if text is None:
        return OutputEvent(step, "", found[0].token_id, found[0].logprob, tuple(found[:ALTERNATIVES]))
    return OutputEvent(step, text, found[0].token_id, found[0].logprob, tuple(found[1:]))
