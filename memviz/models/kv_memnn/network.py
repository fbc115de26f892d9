"""The key-value memory network.

Miller et al. 2016, "Key-Value Memory Networks for Directly Reading Documents", EMNLP.
"""

# No postponed annotations here: from_pretrained looks the class of ``config`` up in the signature of ``__init__``.
from typing import NamedTuple

import torch
from torch import Tensor, nn

from memviz.models.kv_memnn.config import KVConfig
from memviz.models.memory_network import MemoryNetwork


class Hashed(NamedTuple):
    """Questions and the part of the memory that each of them reaches, padded; U names and N slots of a question.

    Attributes:
        words: [B, J] ids of the vocabulary; 0 fills up.
        names: [B, U, C] codes of the names that take part.
        mentions: [B, U] how much the question mentions each of them.
        keys, relations, values: [B, N]: a slot's key is a name and a relation, its value a name; indices into U and the
            relations.
        there: [B, N] bool.
        candidates: [B, U] bool: names that can be an answer.
    """

    words: Tensor
    names: Tensor
    mentions: Tensor
    keys: Tensor
    relations: Tensor
    values: Tensor
    there: Tensor
    candidates: Tensor


class Addressed(NamedTuple):
    """What came of questions: ``scores`` [B, U] of the names (minus infinity where one cannot be an answer), the key
    addressing's ``weights`` of every hop [B, H, N], and the ``queries`` before the first hop and after each
    [B, H + 1, D]."""

    scores: Tensor
    weights: Tensor
    queries: Tensor


class KeyValueMemoryNetwork(MemoryNetwork):
    """Addresses keys and reads values in H hops; nothing is kept between two calls.

    In the paper's symbols: q = A Φ(x); p = softmax(q · A Φ(k)); o = Σ p A Φ(v); q ← R (q + o); the answer is the
    candidate y with the largest q · B Φ(y), to which a learned number is added for a name that the question holds. Φ of
    a name is its fixed code, Φ of a key the code of its name and the embedding of its relation. Names enter through
    matrices that begin as a rotation, so that keys and values do not answer for each other.
    """

    def __init__(self, config: KVConfig) -> None:
        super().__init__()
        self.config = config
        codes, width, hops = config.code_width, config.width, config.hops
        self.words = nn.Embedding(len(config.vocabulary) + 1, width, padding_idx=0)
        self.relations = nn.Parameter(torch.zeros(2 * len(config.relations), width))
        turn = torch.linalg.qr(torch.randn(codes, codes)).Q
        self.key_map = nn.Parameter(torch.eye(width)[:codes].clone())  # [C, D]
        self.value_map = nn.Parameter(torch.cat([turn, torch.zeros(codes, config.word_width)], 1))
        self.answer_map = nn.Parameter(self.value_map.detach().clone())  # B
        back = torch.eye(width)
        back[:codes, :codes] = turn.T
        self.updates = nn.Parameter(torch.stack([back] * (hops - 1) + [torch.eye(width)]))  # R of each hop, [H, D, D]
        self.strengths = nn.Parameter(torch.full((hops + 1,), 3.0))  # logarithms; of each hop, and of the answer
        self.mentioned = nn.Parameter(torch.zeros(()))  # how much more a name counts that the question holds itself
        self.register_buffer("_word_weights", torch.tensor([0.0, *config.weights]), persistent=False)
        self._word_weights: Tensor
        with torch.no_grad():
            for embedding in (self.words.weight, self.relations):
                embedding.zero_()
                embedding[:, codes:] = 0.1 * torch.randn(len(embedding), config.word_width)
            self.words.weight[0] = 0.0

    def forward(self, hashed: Hashed) -> Addressed:
        names = hashed.names
        said = (self.words(hashed.words) * self._word_weights[hashed.words].unsqueeze(-1)).sum(1)
        query = said + (hashed.mentions.unsqueeze(1) @ names).squeeze(1) @ self.key_map
        strengths = self.strengths.exp()
        weights, queries = [], [query]
        for hop in range(self.config.hops):
            by_name = (names @ (query @ self.key_map.T).unsqueeze(-1)).squeeze(-1)  # [B, U]
            by_relation = query @ self.relations.T
            scores = by_name.gather(1, hashed.keys) + by_relation.gather(1, hashed.relations)
            weight = _softmax(strengths[hop] * scores, hashed.there)
            read = torch.zeros_like(by_name).scatter_add(1, hashed.values, weight)  # [B, U]
            output = (read.unsqueeze(1) @ names).squeeze(1) @ self.value_map
            query = (query + output) @ self.updates[hop].T
            weights.append(weight)
            queries.append(query)
        scores = strengths[-1] * (names @ (query @ self.answer_map.T).unsqueeze(-1)).squeeze(-1)
        scores = scores + self.mentioned * hashed.mentions
        scores = scores.masked_fill(~hashed.candidates, -torch.inf)
        return Addressed(scores, torch.stack(weights, 1), torch.stack(queries, 1))


def _softmax(scores: Tensor, there: Tensor) -> Tensor:
    """Over the slots that are there; all 0 where none is."""
    return torch.softmax(scores.masked_fill(~there, -torch.inf), -1).masked_fill(~there, 0.0)
