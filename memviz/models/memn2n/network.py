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
        self.register_buffer(
            "_places", (torch.arange(1, width + 1) / width).repeat(self._matrices), persistent=False
        )  # k / d
        self._places: Tensor
        with torch.no_grad():
            self.embeddings[0] = 0.0

    def forward(self, sentences: Tensor, question: Tensor, *, linear: bool = False) -> Reading:
        """
        Args:
            sentences: [B, N, J] word ids; the place of a slot is its time, the newest sentence first. 0 fills up; a
                slot without words takes no part.
            question: [B, J] word ids.
            linear: no softmax in the hops (linear start).
        """
        batch, slots, _ = sentences.shape
        width = self.config.width
        there = sentences.any(-1)  # [B, N]
        told = self.encode(sentences.flatten(0, 1)).view(batch, slots, self._matrices, width)
        times = self.times[:slots].view(slots, -1, width)
        asked = self.encode(question).view(batch, self._matrices, width)
        query = asked[:, 0 if self._tied else 2]
        weights, queries = [], [query]
        for hop in range(self.config.hops):
            a = hop if self._tied else 0
            inputs, outputs = told[:, :, a] + times[:, a], told[:, :, a + 1] + times[:, a + 1]  # [B, N, d]
            scores = (inputs @ query.unsqueeze(-1)).squeeze(-1)
            weight = scores.masked_fill(~there, 0.0) if linear else _softmax(scores, there)
            read = (weight.unsqueeze(1) @ outputs).squeeze(1)
            query = query + read if self._tied else query @ self.between_hops.T + read
            if self.config.rectified:
                plain, bent = torch.split(query, [width - width // 2, width // 2], -1)
                query = torch.cat([plain, bent.relu()], -1)
            weights.append(weight)
            queries.append(query)
        return Reading(self.answer_logits(query), torch.stack(weights, 1), torch.stack(queries, 1))

    def answer_logits(self, query: Tensor) -> Tensor:
        """W u: [B, d] to [B, V + 1]."""
        words = self.embeddings[:, -self.config.width :] if self._tied else self.answer
        return query @ words.T

    def encode(self, words: Tensor) -> Tensor:
        """Sentences [S, J] to [S, M d], side by side for all M matrices.

        Position encoding, with J the sentence's own length and j, k from 1: l[k, j] = (1 - j/J) - (k/d)(1 - 2j/J). It
        is a sum of two bags of words, one of them scaled by k/d.
        """
        known = words > 0
        if not self.config.position_encoding:
            return self._bag(words, known.to(self.embeddings.dtype))
        length = known.sum(-1, keepdim=True).clamp(min=1)
        place = torch.arange(1, words.shape[-1] + 1, device=words.device) / length
        return self._bag(words, (1.0 - place) * known) - self._places * self._bag(words, (1.0 - 2.0 * place) * known)

    def _bag(self, words: Tensor, counts: Tensor) -> Tensor:
        return nn.functional.embedding_bag(
            words, self.embeddings, mode="sum", per_sample_weights=counts.to(self.embeddings.dtype), padding_idx=0
        )


def _softmax(scores: Tensor, there: Tensor) -> Tensor:
    """Over the slots that are there; all 0 where none is."""
    return torch.softmax(scores.masked_fill(~there, -torch.inf), -1).masked_fill(~there, 0.0)
