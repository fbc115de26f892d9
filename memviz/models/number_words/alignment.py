"""Does cross-attention find the characters that each written word comes from?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tokenizers import Encoding
from transformers import PreTrainedTokenizerFast

from memviz.models.number_words.batches import Batch, of_like_length
from memviz.models.number_words.example import Example, Span
from memviz.models.number_words.tokens import SPACE

_BATCH = 50


@dataclass(frozen=True, slots=True)
class WordHits:
    """For W target words that come from somewhere: whether the source token they read most lies there.

    Attributes:
        words: the W words, without the space or hyphen before them.
        heads: [W, L, H] bool, by layer and head of cross-attention.
        mean: [W] bool, by the mean of all layers and heads.
    """

    words: np.ndarray
    heads: np.ndarray
    mean: np.ndarray

    @property
    def best_head(self) -> tuple[int, int]:
        """(layer, head) that finds most words, the first of equals."""
        layer, head = np.unravel_index(int(self.heads.mean(0).argmax()), self.heads.shape[1:])
        return int(layer), int(head)


@torch.inference_mode()
def word_hits(network: Any, tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example]) -> WordHits:
    """Looks at each word of the right targets while the words before it are given.

    The row of cross-attention that counts is the one from which a token is predicted, so that of the token before it; a
    word of several tokens has the mean of their rows. ``</s>`` and a lone ``▁`` come from nowhere.
    """
    words: list[str] = []
    heads: list[np.ndarray] = []
    means: list[bool] = []
    with _eager(network):
        for group in of_like_length(examples, _BATCH):
            batch = Batch.of(group, tokenizer)
            found = network(
                input_ids=batch.sources, attention_mask=batch.seen, labels=batch.labels, output_attentions=True
            )
            rows = torch.stack(found.cross_attentions, 1).numpy()  # [B, L, H, T, S]
            for example, weights in zip(group, rows, strict=True):
                for word, tokens, inside in _words(example, tokenizer.backend_tokenizer):
                    words.append(word)
                    read = weights[:, :, tokens].mean(2)  # [L, H, S]
                    heads.append(inside[read.argmax(-1)])
                    means.append(bool(inside[read.mean((0, 1)).argmax()]))
    return WordHits(np.array(words), np.array(heads), np.array(means))


def _words(example: Example, backend: Any) -> Iterator[tuple[str, list[int], np.ndarray]]:
    """Each aligned word, its tokens in the target, and which source tokens lie in its span, [S] bool (S counts padding
    that stands behind, up to 1,000)."""
    source, target = token_spans(backend.encode(example.source)), token_spans(backend.encode(example.target))
    for text, word, span in zip(example.words, example.word_spans, example.alignment, strict=True):
        if span is not None:
            inside = np.zeros(1000, bool)
            inside[[place for place, token in enumerate(source) if _overlap(token, span)]] = True
            yield text.lstrip(" -"), [place for place, token in enumerate(target) if _overlap(token, word)], inside


def token_spans(encoding: Encoding) -> list[Span]:
    """The characters of each token; none, (0, 0), for ``</s>`` and a lone ``▁``."""
    return [
        (0, 0) if token == SPACE else offsets for token, offsets in zip(encoding.tokens, encoding.offsets, strict=True)
    ]


def _overlap(one: Span, other: Span) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


@contextmanager
def _eager(network: Any) -> Iterator[None]:
    """Attention that hands its weights out."""
    before = network.config._attn_implementation
    network.set_attn_implementation("eager")
    try:
        yield
    finally:
        network.set_attn_implementation(before)
