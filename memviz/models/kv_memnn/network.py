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
        mentions: [B, U] how much the question mentions each name.
        keys, relations, values: [B, N]: a slot's key is a name and a relation, its value a name; indices into U and the
            relations.
        there: [B, N] bool.
        candidates: [B, U] bool: names that can be an answer.
    """

    words: Tensor
    mentions: Tensor
    keys: Tensor
    relations: Tensor
    values: Tensor
    there: Tensor
    candidates: Tensor


class Addressed(NamedTuple):
    """What came of questions.

    Attributes:
        scores: [B, U] of the names; minus infinity where one cannot be an answer.
        weights: p of the key addressing in every hop, [B, H, N].
        names: the query's part about names before the first hop and after each, [B, H + 1, U].
        words: its part about words before the first hop and after each, [B, H + 1, D].
    """

    scores: Tensor
    weights: Tensor
    names: Tensor
    words: Tensor


class KeyValueMemoryNetwork(MemoryNetwork):
    """Addresses keys and reads values in H hops.

    In the paper's symbols: q = A Φ(x); p = softmax(q · A Φ(k)); o = Σ p A Φ(v); q ← R (q + o); the answer is the
    candidate y with the largest q · B Φ(y). Φ is a bag of names, relations and words, as in the paper. A name keeps a
    dimension of its own under A, scaled by a learned number, where the paper learns an embedding of each: so a name
    that no training saw can be stored, addressed and answered, and thousands of names do not blur. Words and relations
    are embedded in D dimensions.

    R is in two parts: a matrix for the words; and for the names, those that were read, scaled so that the most read one
    counts 1, and a learned share of those before.
    """

    def __init__(self, config: KVConfig) -> None:
        super().__init__()
        self.config = config
        width, hops = config.word_width, config.hops
        self.words = nn.Embedding(len(config.vocabulary) + 1, width, padding_idx=0)
        self.relations = nn.Parameter(0.1 * torch.randn(2 * len(config.relations), width))
        self.updates = nn.Parameter(torch.eye(width).repeat(hops - 1, 1, 1))  # R of the words, [H - 1, D, D]
        self.kept = nn.Parameter(torch.zeros(hops))  # of the names before, after each hop
        self.strengths = nn.Parameter(torch.full((hops + 1,), 2.0))  # logarithms; of names in each hop, and of answers
        self.mentioned = nn.Parameter(torch.zeros(()))  # how much more a name counts that the question holds itself
        self.register_buffer("_word_weights", torch.tensor([0.0, *config.weights]), persistent=False)
        self._word_weights: Tensor
        with torch.no_grad():
            self.words.weight.normal_(std=0.1)[0] = 0.0

    def forward(self, hashed: Hashed) -> Addressed:
        names = hashed.mentions
        said = (self.words(hashed.words) * self._word_weights[hashed.words].unsqueeze(-1)).sum(1)
        strengths = self.strengths.exp()
        weights, names_then, words_then = [], [names], [said]
        for hop in range(self.config.hops):
            by_name = strengths[hop] * names.gather(1, hashed.keys)
            by_relation = (said @ self.relations.T).gather(1, hashed.relations)
            weight = _softmax(by_name + by_relation, hashed.there)
            read = torch.zeros_like(names).scatter_add(1, hashed.values, weight)  # o: [B, U]
            names = _scaled(read) + self.kept[hop] * names
            if hop < self.config.hops - 1:
                said = said @ self.updates[hop].T
            weights.append(weight)
            names_then.append(names)
            words_then.append(said)
        scores = strengths[-1] * names + self.mentioned * hashed.mentions
        scores = scores.masked_fill(~hashed.candidates, -torch.inf)
        return Addressed(scores, torch.stack(weights, 1), torch.stack(names_then, 1), torch.stack(words_then, 1))


def _scaled(read: Tensor) -> Tensor:
    """[B, U] with a largest value of 1; zeros where nothing was read."""
    return read / read.amax(-1, keepdim=True).clamp_min(1e-12)


def _softmax(scores: Tensor, there: Tensor) -> Tensor:
    """Over the slots that are there; all 0 where none is."""
    return torch.softmax(scores.masked_fill(~there, -torch.inf), -1).masked_fill(~there, 0.0)
