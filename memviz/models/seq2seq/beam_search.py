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

from memviz.models.answering.sampling import RUNNERS_UP
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


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A branch with the way to it; what no other branch goes on from is forgotten with it.

    ``index`` is its place among the branches of its step.
    """

    branch: Branch
    index: int
    token: FoundToken
    before: _Node | None


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
        self._finished: list[tuple[float, _Node]] = []  # with the score, best first
        self._broken = False

    def steps(self) -> Iterator[tuple[Branch, ...]]:
        """The branches after each step: those that are followed, then those that ended, each part best first.

        Raises:
            KnownError: out of memory.
        """
        options = self._options
        for token in self._begin[:-1]:
            self._reader.read_beams([token], [0])
        kept = [Branch(self._begin[-1], 0, 0.0, kept=True)]
        followed: list[_Node | None] = [None]
        for step in range(options.max_tokens):
            logprobs, weights = self._reader.read_beams(
                [branch.token_id for branch in kept], [branch.parent for branch in kept]
            )
            if bool(torch.isnan(logprobs).any()):
                self._broken = True
                return
            branches = self._branches(
                logprobs, [branch.logprob for branch in kept], last=step == options.max_tokens - 1
            )
            reached = _nodes(branches, followed, logprobs, weights)
            del logprobs, weights
            self._finish(step, reached)
            kept = [branch for branch in branches if branch.kept]
            followed = [node for node in reached if node.branch.kept]
            del reached
            yield branches
            if not kept or self._cannot_improve(step + 1, kept[0].logprob):
                return

    @property
    def broken(self) -> bool:
        """Whether the model's numbers were none."""
        return self._broken

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

    def _finish(self, step: int, reached: Sequence[_Node]) -> None:
        options = self._options
        if options.early_stopping is True and len(self._finished) == options.width:
            return
        for node in reached:
            if not node.branch.kept:
                self._finished.append((node.branch.logprob / (step + 1) ** options.length_penalty, node))
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
        return [self._found(score, node) for score, node in self._finished]

    def _found(self, score: float, last: _Node) -> Found:
        way: list[_Node] = []
        at: _Node | None = last
        while at is not None:
            way.append(at)
            at = at.before
        way.reverse()
        return Found(
            tuple(node.token for node in way),
            score,
            last.branch.logprob,
            tuple(node.index for node in way),
            last.branch.token_id in self._options.end_ids,
        )


def _nodes(
    branches: Sequence[Branch], followed: Sequence[_Node | None], logprobs: Tensor, weights: Tensor | None
) -> list[_Node]:
    """The branches of a step with what is told of them, copied out of log-probabilities [B, V] and reads [L, B, H, N].

    A step of 64 beams over a vocabulary of 250,000 words would hold 64 MB otherwise, for as long as the search goes on.
    """
    best = torch.topk(logprobs, min(RUNNERS_UP + 1, logprobs.shape[1]))
    ranked = [list(zip(*row, strict=True)) for row in zip(best.indices.tolist(), best.values.tolist(), strict=True)]
    reads = {
        parent: None if weights is None else weights[:, parent].clone()
        for parent in {branch.parent for branch in branches}
    }
    return [
        _Node(
            branch,
            index,
            FoundToken(
                branch.token_id,
                float(logprobs[branch.parent, branch.token_id]),
                tuple(pair for pair in ranked[branch.parent] if pair[0] != branch.token_id)[:RUNNERS_UP],
                reads[branch.parent],
            ),
            followed[branch.parent],
        )
        for index, branch in enumerate(branches)
    ]
