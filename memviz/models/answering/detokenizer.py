"""Tokens to text, one token at a time.

A token's text depends on its neighbours: byte-level tokens hold parts of characters, SentencePiece tokens lose their
leading space at the beginning. So text is always the difference between two decodings of a short window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: A character has at most four bytes in UTF-8, so more pending tokens than that cannot be an unfinished one.
_LONGEST_CHARACTER = 4
_CONTEXT_TOKENS = 6
_UNFINISHED = "\ufffd"


class Detokenizer:
    """The text of an answer's tokens as they come.

    Args:
        tokenizer: a transformers tokenizer.
        prompt_ids: the tokens before the answer; the last few decide, e.g., whether a space leads it.
    """

    def __init__(self, tokenizer: Any, prompt_ids: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._window = self._context(prompt_ids)
        self._read = len(self._window)  # tokens of the window whose text is out

    def _context(self, prompt_ids: Sequence[int]) -> list[int]:
        """The prompt's last tokens, from the beginning of a character on: half a one would spoil what follows it."""
        for length in range(_CONTEXT_TOKENS, _CONTEXT_TOKENS + _LONGEST_CHARACTER):
            context = list(prompt_ids[-length:])
            if not self._decode(context).startswith(_UNFINISHED):
                return context
        return []

    def add(self, token_id: int) -> str:
        """Text that this token completes: may be empty, when a character needs more tokens."""
        self._window.append(token_id)
        before = self._decode(self._window[: self._read])
        now = self._decode(self._window)
        pending = len(self._window) - self._read
        if now.endswith(_UNFINISHED) and pending < _LONGEST_CHARACTER:
            return ""
        return self._advance(before, now)

    def flush(self) -> str:
        """The rest: bytes that never became a character show as �."""
        if self._read == len(self._window):
            return ""
        return self._advance(self._decode(self._window[: self._read]), self._decode(self._window))

    def _advance(self, before: str, now: str) -> str:
        text = now[len(before) :]
        if text:  # what was said last is the context of what comes next
            self._window = self._window[self._read :]
        self._read = len(self._window)
        return text

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


class TokenTexts:
    """Texts of single tokens for people, special tokens included by name; remembered, since few are asked often."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._anchor = self._anchor_ids()
        self._anchor_text = self._decode(self._anchor)
        self._known: dict[int, str] = {}

    def __getitem__(self, token_id: int) -> str:
        text = self._known.get(token_id)
        if text is None:
            text = self._decode([*self._anchor, token_id]).removeprefix(self._anchor_text)
            self._known[token_id] = text
        return text

    def _anchor_ids(self) -> list[int]:
        """A word before the token, so that SentencePiece shows the token's own leading space."""
        return list(self._tokenizer.encode("a", add_special_tokens=False))

    def _decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
