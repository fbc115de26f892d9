"""Beam search over the answers of an encoder-decoder model, with everything that its beams read and left aside.

Keeps the ``width`` most probable unfinished texts at each step and the ``width`` best finished ones, scored by their
log-probability divided by a power of their length (Wu et al. 2016, section 7, with the length alone as the penalty).
It follows the same rules as transformers' ``generate`` and finds the same texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from memviz.models.sampling import RUNNERS_UP
from memviz.models.seq2seq.reader import DecoderReader


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search.

    Attributes:
        width: beams that are followed at once.
        max_tokens: at most so many are generated.
        end_ids: tokens that end a text.
        length_penalty: power of the length by which a finished text's log-probability is divided.
        early_stopping: True: end with ``width`` finished texts; False: when no beam as long as now could beat them;
            ``never``: when no beam of any allowed length could.
    """

    width: int
    max_tokens: int
    end_ids: frozenset[int]
    length_penalty: float = 1.0
    early_stopping: bool | str = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A text that the search reached at one step.

    Attributes:
        token_id: its newest token.
        parent: index of the branch before it among those kept.
        logprob: of the whole text.
        kept: whether it is followed further; False: it ended.
    """

    token_id: int
    parent: int
    logprob: float
    kept: bool


@dataclass(frozen=True, slots=True)
class FoundToken:
    """One token of a finished text: what was read for it [L, H, N], and what could have come instead."""

    token_id: int
    logprob: float
    runners_up: tuple[tuple[int, float], ...]
    weights: Tensor | None


@dataclass(frozen=True, slots=True)
class Found:
    """A finished text. ``path``: the index of its branch at each step; ``ended``: False if cut by its length."""

    tokens: tuple[FoundToken, ...]
    score: float
    logprob: float
    path: tuple[int, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """Of the beams that were followed into a step: log-probabilities [B, V], reads [L, B, H, N]; what came of them."""

    logprobs: Tensor
    weights: Tensor | None
    branches: tuple[Branch, ...]


class BeamSearch:
    """One search. :meth:`steps` runs it; afterwards :attr:`found` has the finished texts, best first.

    Args:
        reader: of a source that is already encoded; nothing was read by it yet.
        begin: the decoder tokens that every text begins with.
    """

    def __init__(self, reader: DecoderReader, begin: Sequence[int], options: SearchOptions) -> None:
        self._reader = reader
        self._begin = list(begin)
        self._options = options
        self._steps: list[_Step] = []
        self._finished: list[tuple[float, int, int]] = []  # (score, step, index of the branch), best first

    def steps(self) -> Iterator[tuple[Branch, ...]]:
        """The branches after each step: those that are followed, then those that ended, each part best first.

        Raises:
            KnownError: out of memory.
        """
        options = self._options
        for token in self._begin[:-1]:
            self._reader.read_beams([token], [0])
        kept = [Branch(self._begin[-1], 0, 0.0, kept=True)]
        for step in range(options.max_tokens):
            logprobs, weights = self._reader.read_beams(
                [branch.token_id for branch in kept], [branch.parent for branch in kept]
            )
            if bool(torch.isnan(logprobs).any()):
                self._steps.append(_Step(logprobs, weights, ()))
                return
            branches = self._branches(
                logprobs, [branch.logprob for branch in kept], last=step == options.max_tokens - 1
            )
            self._steps.append(_Step(logprobs, weights, branches))
            self._finish(step, branches)
            kept = [branch for branch in branches if branch.kept]
            yield branches
            if not kept or self._cannot_improve(step + 1, kept[0].logprob):
                return

    @property
    def broken(self) -> bool:
        """Whether the model's numbers were none."""
        return bool(self._steps) and not self._steps[-1].branches

    def _branches(self, logprobs: Tensor, before: Sequence[float], *, last: bool) -> tuple[Branch, ...]:
        options = self._options
        total = (logprobs + torch.tensor(before, device=logprobs.device)[:, None]).flatten()  # [B * V]
        considered = max(2, 1 + len(options.end_ids)) * options.width
        best = torch.topk(total, min(considered, len(total)))
        vocabulary = logprobs.shape[1]
        kept: list[Branch] = []
        ended: list[Branch] = []
        for rank, (value, at) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
            parent, token_id = divmod(at, vocabulary)
            if last or token_id in options.end_ids:
                if rank < options.width and value > -torch.inf:
                    ended.append(Branch(token_id, parent, value, kept=False))
            elif len(kept) < options.width and value > -torch.inf:
                kept.append(Branch(token_id, parent, value, kept=True))
        return (*kept, *ended)

    def _finish(self, step: int, branches: Sequence[Branch]) -> None:
        options = self._options
        if options.early_stopping is True and len(self._finished) == options.width:
            return
        for index, branch in enumerate(branches):
            if not branch.kept:
                self._finished.append((branch.logprob / (step + 1) ** options.length_penalty, step, index))
        self._finished.sort(key=lambda found: -found[0])
        del self._finished[options.width :]

    def _cannot_improve(self, length: int, best: float) -> bool:
        options = self._options
        if len(self._finished) < options.width:
            return False
        if options.early_stopping is True:
            return True
        longest = options.early_stopping == "never" and options.length_penalty > 0
        possible = best / (options.max_tokens if longest else length) ** options.length_penalty
        return bool(possible <= self._finished[-1][0])

    def found(self) -> list[Found]:
        """The finished texts, best first."""
        return [self._found(*finished) for finished in self._finished]

    def _found(self, score: float, step: int, index: int) -> Found:
        last = self._steps[step].branches[index]
        tokens: list[FoundToken] = []
        path: list[int] = []
        at = index
        for number in range(step, -1, -1):
            branch = self._steps[number].branches[at]
            tokens.append(_found_token(self._steps[number], branch))
            path.append(at)
            at = branch.parent
        return Found(
            tuple(reversed(tokens)), score, last.logprob, tuple(reversed(path)), last.token_id in self._options.end_ids
        )


def _found_token(step: _Step, branch: Branch) -> FoundToken:
    logprobs = step.logprobs[branch.parent]
    best = torch.topk(logprobs, min(RUNNERS_UP + 1, len(logprobs)))
    ranked = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    others = tuple(pair for pair in ranked if pair[0] != branch.token_id)[:RUNNERS_UP]
    weights = None if step.weights is None else step.weights[:, branch.parent]
    return FoundToken(branch.token_id, float(logprobs[branch.token_id]), others, weights)
