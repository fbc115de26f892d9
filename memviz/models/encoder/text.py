"""A text as an encoder reads it: its tokens, its slots, the places that are to be filled in, and the token in focus."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.events import Slot
from memviz.models.prompts.template import Piece
from memviz.models.prompts.token_slots import source_layout
from memviz.models.prompts.tokens import PromptTokens, tokenize

#: How people write a word that is to be filled in, whatever the model calls it.
_MASKS = ("[MASK]", "<mask>")


@dataclass(frozen=True, slots=True)
class EncoderText:
    """A text ready to be read.

    Attributes:
        masks: positions of the words that are to be filled in.
        focus: position of the token whose attention is followed: the first mask, else the first token.
    """

    text: str
    tokens: PromptTokens
    slots: tuple[Slot, ...]
    slot_of_token: tuple[int, ...]
    masks: tuple[int, ...]
    focus: int


def encoder_text(tokenizer: Any, text: str, *, fills: bool, most_tokens: int | None, name: str) -> EncoderText:
    """The text in tokens.

    Args:
        fills: whether the model predicts masked words; otherwise a mask is text like any other.
        most_tokens: that the model can read; None: no limit.
        name: of the model, for messages.

    Raises:
        KnownError: it is too long, or has no tokens.
    """
    mask = getattr(tokenizer, "mask_token", None) if fills else None
    pieces = [Piece(text, "question")]
    if mask:
        pattern = re.compile("(" + "|".join(map(re.escape, dict.fromkeys((str(mask), *_MASKS)))) + ")")
        parts = pattern.split(text)
        pieces = [
            Piece(str(mask), "mask") if number % 2 else Piece(part, "question")
            for number, part in enumerate(parts)
            if part
        ]
    tokens = tokenize(tokenizer, pieces, add_special=True, whole=True)
    if not any(piece >= 0 for piece in tokens.pieces):
        raise KnownError("The text has no tokens that the model knows; type another one.")
    if most_tokens is not None and len(tokens.ids) > most_tokens:
        raise KnownError(
            f"The text needs {len(tokens.ids):,} tokens, but “{name}” can read only {most_tokens:,}; shorten it."
        )
    slots, slot_of_token = source_layout(tokens, pieces, ())
    masks = tuple(
        position
        for position, piece in enumerate(tokens.pieces)
        if piece >= 0 and pieces[piece].kind == "mask" and tokens.ids[position] == tokenizer.mask_token_id
    )
    return EncoderText(
        "".join(piece.text for piece in pieces), tokens, slots, slot_of_token, masks, masks[0] if masks else 0
    )
