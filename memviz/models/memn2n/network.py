"""The end-to-end memory network (Sukhbaatar et al. 2015, "End-To-End Memory Networks", NeurIPS)."""

# No postponed annotations here: from_pretrained looks the class of ``config`` up in the signature of ``__init__``.
from typing import NamedTuple

import torch
from torch import Tensor, nn

from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memory_network import MemoryNetwork


class Reading(NamedTuple):
    """What came of a question.

    Attributes:
        logits: [B, V + 1] over the vocabulary; column 0 is no word.
        weights: p of each hop, [B, K, N]; each row sums to 1, or to 0 where there is no sentence. In a linear start
            the scores themselves.
        queries: u before the first hop and after each, [B, K + 1, d].
    """

    logits: Tensor
    weights: Tensor
    queries: Tensor


class EndToEndMemoryNetwork(MemoryNetwork):
    """Reads stories of sentences in K hops; nothing is kept between two calls.

    The embedding matrices A¹ = B, C¹ = A², … C^K = W (adjacent) or A, C, B (layer-wise) stand side by side in one
    table, so that a sentence is looked up once for all of them.
    """

    def __init__(self, config: MemN2NConfig) -> None:
        super().__init__()
        self.config = config
        self._tied = config.tying == "adjacent"
        self._matrices = config.hops + 1 if self._tied else 3
        words, width = len(config.vocabulary) + 1, config.width
        self.embeddings = nn.Parameter(0.1 * torch.randn(words, self._matrices * width))
        self.times = nn.Parameter(0.1 * torch.randn(config.slots, (config.hops + 1 if self._tied else 2) * width))
        if not self._tied:
            self.between_hops = nn.Parameter(0.1 * torch.randn(width, width))  # H
            self.answer = nn.Parameter(0.1 * torch.randn(words, width))  # W
        self.register_buffer("_places", torch.arange(1, width + 1) / width, persistent=False)  # k / d
        self._places: Tensor
        with torch.no_grad():
            self.embeddings[0] = 0.0

    def forward(self, sentences: Tensor, question: Tensor, *, linear: bool = False) -> Reading:
        """
        Args:
            sentences: [B, N, J] word ids; the place of a slot is its time, the newest sentence first. 0 fills up; a
                slot without words takes no part.
            question: [B, J] word ids.
            linear: neither softmax nor rectified units in the hops (linear start).
        """
        # Stories differ much in length: only the T sentences that are there are looked up and weighed.
        there = sentences.any(-1)  # [B, N]
        story, slot = there.nonzero(as_tuple=True)  # [T]
        times = self.times.view(self.config.slots, -1, self.config.width)[slot]
        memories = self.encode(sentences[there])[:, : times.shape[1]] + times  # [T, K + 1 or 2, d]
        query = self.encode(question)[:, 0 if self._tied else 2]
        weights, queries = [], [query]
        for hop in range(self.config.hops):
            a = hop if self._tied else 0
            scores = (memories[:, a] * query[story]).sum(-1)  # [T]
            weight = torch.zeros_like(there, dtype=scores.dtype).masked_scatter(there, scores)
            if not linear:
                weight = _softmax(weight, there)
            read = torch.zeros_like(query).index_add(0, story, weight[there].unsqueeze(-1) * memories[:, a + 1])
            query = query + read if self._tied else query @ self.between_hops.T + read
            if self.config.rectified and not linear:
                query = _half_rectified(query)
            weights.append(weight)
            queries.append(query)
        return Reading(self.answer_logits(query), torch.stack(weights, 1), torch.stack(queries, 1))

    def answer_logits(self, query: Tensor) -> Tensor:
        """W u: [B, d] to [B, V + 1]."""
        words = self.embeddings[:, -self.config.width :] if self._tied else self.answer
        return query @ words.T

    def encode(self, words: Tensor) -> Tensor:
        """Sentences [S, J] to [S, M, d], for all M matrices.

        Position encoding, with J the sentence's own length and j, k from 1: l[k, j] = (1 - j/J) - (k/d)(1 - 2j/J). It
        is a sum of two bags of words, one of them scaled by k/d.
        """
        known = words > 0
        if not self.config.position_encoding:
            return self._bag(words, known)
        length = known.sum(-1, keepdim=True).clamp(min=1)
        place = torch.arange(1, words.shape[-1] + 1, device=words.device) / length
        first, second = (1.0 - place) * known, (1.0 - 2.0 * place) * known
        return self._bag(words, first) - self._places * self._bag(words, second)

    def _bag(self, words: Tensor, counts: Tensor) -> Tensor:
        bags = nn.functional.embedding_bag(
            words, self.embeddings, mode="sum", per_sample_weights=counts.to(self.embeddings.dtype), padding_idx=0
        )
        return bags.view(-1, self._matrices, self.config.width)


def _half_rectified(query: Tensor) -> Tensor:
    """The second half of the units, section 5 of the paper."""
    plain, bent = torch.tensor_split(query, [query.shape[-1] - query.shape[-1] // 2], -1)
    return torch.cat([plain, bent.relu()], -1)


def _softmax(scores: Tensor, there: Tensor) -> Tensor:
    """Over the slots that are there; all 0 where none is."""
    return torch.softmax(scores.masked_fill(~there, -torch.inf), -1).masked_fill(~there, 0.0)
