"""From pieces of a prompt to tokens, with the origin of every token known exactly.

The prompt is encoded as one text, as the model was trained to see text, and the offsets of a fast tokenizer tell where
each token comes from. Entries and questions may hold the strings of special tokens (``</s>``, ``<|im_end|>``): where
the tokenizer would read one there, the text is cut inside that string and the parts are encoded apart, so that it
arrives as ordinary characters. Only the template's own words can make special tokens.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from memviz.core.errors import BugError
from memviz.models.prompts.template import Piece

#: What SentencePiece puts before a word.
_WORD_MARK = "▁"

#: Added tokens that no tokenizer config marks as special and that still steer a model: ``<think>``, ``[INST]``.
_MARKUP = re.compile(r"<.+>|\[.+\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """The tokens of a prompt.

    Attributes:
        ids: token ids.
        texts: each token's text; joined they are the prompt's text, led by tokens the tokenizer adds (``<s>``).
        pieces: for each token the index of the piece it comes from; -1 for tokens that the tokenizer adds.
    """

    ids: tuple[int, ...]
    texts: tuple[str, ...]
    pieces: tuple[int, ...]


def tokenize(tokenizer: Any, pieces: Sequence[Piece], *, add_special: bool, whole: bool = False) -> PromptTokens:
    """Encodes the pieces.

    Args:
        tokenizer: a transformers tokenizer, fast or slow.
        pieces: the prompt.
        add_special: whether the tokenizer adds its tokens for the beginning (a chat template writes its own).
        whole: also those for the end, for a model that reads the text at once; without it something is to follow.
    """
    before: list[int] = []
    after: list[int] = []
    if add_special and whole:
        before, after = _surrounding_special_ids(tokenizer)
    elif add_special:
        before = _leading_special_ids(tokenizer)
    encoded = _encode_fast(tokenizer, pieces) if tokenizer.is_fast else _encode_slow(tokenizer, pieces)
    return PromptTokens(
        ids=(*before, *encoded.ids, *after),
        texts=(*_names(tokenizer, before), *encoded.texts, *_names(tokenizer, after)),
        pieces=(*(-1 for _ in before), *encoded.pieces, *(-1 for _ in after)),
    )


def _names(tokenizer: Any, ids: Sequence[int]) -> Sequence[str]:
    return [str(token) for token in tokenizer.convert_ids_to_tokens(list(ids))]


def longest_token(tokenizer: Any) -> int:
    """Length of the longest token of the vocabulary in characters: a text has at least length / this many tokens."""
    return max((len(token) for token in tokenizer.get_vocab()), default=1)


def _leading_special_ids(tokenizer: Any) -> list[int]:
    """What the tokenizer puts before a text, without what some put behind it."""
    ids: list[int] = list(tokenizer("")["input_ids"])
    ends = {tokenizer.eos_token_id, tokenizer.sep_token_id}
    if ids and ids[-1] in ends and ids != [tokenizer.bos_token_id]:
        ids.pop()
    return ids


def _surrounding_special_ids(tokenizer: Any) -> tuple[list[int], list[int]]:
    """What the tokenizer puts before a text and behind it."""
    alone: list[int] = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    inside: list[int] = list(tokenizer("a")["input_ids"])
    for start in range(len(inside) - len(alone) + 1):
        if alone and inside[start : start + len(alone)] == alone:
            return inside[:start], inside[start + len(alone) :]
    return [], []


def _encode_fast(tokenizer: Any, pieces: Sequence[Piece]) -> PromptTokens:
    text = "".join(piece.text for piece in pieces)
    starts = [0, *accumulate(len(piece.text) for piece in pieces)]
    control = _control_tokens(tokenizer)

    def piece_at(position: int) -> int:
        return max(0, min(bisect.bisect_right(starts, position) - 1, len(pieces) - 1))

    def trusted(start: int, end: int) -> bool:
        return all(pieces[index].trusted for index in range(piece_at(start), piece_at(end - 1) + 1))

    chunks = [(0, len(text))]
    encoded: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    while pending := [chunk for chunk in chunks if chunk not in encoded]:
        cuts: list[int] = []
        for chunk, tokens in zip(pending, _with_offsets(tokenizer, text, pending), strict=True):
            encoded[chunk] = tokens
            for token_id, start, end in tokens:
                if token_id in control and control[token_id] in text[start:end] and not trusted(start, end):
                    cuts.append(text.index(control[token_id], start) + 1)
        chunks = _cut(chunks, cuts)
    tokens = [token for chunk in chunks for token in encoded[chunk]]
    return PromptTokens(
        ids=tuple(token_id for token_id, _, _ in tokens),
        texts=_texts(text, tokens),
        pieces=tuple(piece_at(_first_visible(text, start, end)) for _, start, end in tokens),
    )


def _control_tokens(tokenizer: Any) -> dict[int, str]:
    """Added tokens that text from outside must not be able to make: id -> the string that makes it."""
    return {
        token_id: token.content
        for token_id, token in tokenizer.added_tokens_decoder.items()
        if len(token.content) > 1 and (token.special or _MARKUP.fullmatch(token.content))
    }


def _with_offsets(tokenizer: Any, text: str, chunks: Sequence[tuple[int, int]]) -> list[list[tuple[int, int, int]]]:
    """For each chunk its tokens: (id, start, end), positions in the whole text."""
    batch = tokenizer(
        [text[start:end] for start, end in chunks],
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    return [
        _without_marks(
            tokenizer,
            [(token_id, first + start, first + end) for token_id, (start, end) in zip(ids, offsets, strict=True)],
        )
        for (first, _), ids, offsets in zip(chunks, batch["input_ids"], batch["offset_mapping"], strict=True)
    ]


def _without_marks(tokenizer: Any, tokens: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """SentencePiece's mark of a word's beginning stands alone before a word it does not know whole, with the place of
    the word's first character; that character belongs to the token behind it."""
    found = list(tokens)
    for at, ((token_id, start, _), (_, following, _)) in enumerate(pairwise(tokens)):
        if start == following and tokenizer.convert_ids_to_tokens(token_id) == _WORD_MARK:
            found[at] = (token_id, start, start)
    return found


def _cut(chunks: Sequence[tuple[int, int]], cuts: Sequence[int]) -> list[tuple[int, int]]:
    borders = sorted({*(start for start, _ in chunks), chunks[-1][1], *cuts})
    return list(pairwise(borders))


def _texts(text: str, tokens: Sequence[tuple[int, int, int]]) -> tuple[str, ...]:
    """Each token's text with what lies between it and the token before; a shared character goes to its first token."""
    texts, done = [], 0
    for _, _, end in tokens:
        texts.append(text[done:end] if end > done else "")
        done = max(done, end)
    if texts:
        texts[-1] += text[done:]
    return tuple(texts)


def _first_visible(text: str, start: int, end: int) -> int:
    """Position of the token's first character that is no space: `` Blade`` belongs to what Blade belongs to."""
    inside = text[start:end]
    return start + (len(inside) - len(inside.lstrip()) if inside.strip() else 0)


def _encode_slow(tokenizer: Any, pieces: Sequence[Piece]) -> PromptTokens:
    """Piece by piece, for tokenizers that know no offsets."""
    ids: list[int] = []
    origins: list[int] = []
    for index, piece in enumerate(pieces):
        part = tokenizer.encode(piece.text, add_special_tokens=False, split_special_tokens=not piece.trusted)
        ids += part
        origins += [index] * len(part)
    texts = tuple(str(token) for token in tokenizer.convert_ids_to_tokens(ids))
    if len(texts) != len(ids):
        raise BugError(f"{len(ids)} token ids have {len(texts)} texts")
    return PromptTokens(tuple(ids), texts, tuple(origins))
