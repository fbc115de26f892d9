"""A fact's prompt as tokens: where its subject ends, and which tokens say its object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from memviz.core.errors import KnownError
from memviz.core.neurons import FactEdit


@dataclass(frozen=True, slots=True)
class FactTokens:
    """One prompt with what shall follow it.

    Attributes:
        ids: token ids of both.
        subject: position of the subject's last token.
        target: position of the object's first token; the length of ``ids`` where none follows.
    """

    ids: tuple[int, ...]
    subject: int
    target: int


def fact_tokens(tokenizer: Any, fact: FactEdit, end: Sequence[int] = ()) -> list[FactTokens]:
    """The fact behind each of its prefixes, with the new object and then ``end``.

    Raises:
        KnownError: the prompt does not hold the subject, or there is no object.
    """
    if not fact.target.strip():
        raise KnownError("The fact has no new object; say what the model shall answer.")
    if not fact.prefixes:
        raise KnownError("The fact has no prefix to be put before it; give at least the empty text.")
    target = fact.target if fact.target[0].isspace() else f" {fact.target}"
    return [_encoded(tokenizer, prefix, fact.prompt, fact.subject, target, end) for prefix in fact.prefixes]


def kept_tokens(tokenizer: Any, fact: FactEdit) -> list[FactTokens]:
    """The prompts that shall be continued as before. Raises as :func:`fact_tokens`."""
    return [_encoded(tokenizer, "", prompt, fact.subject, "", ()) for prompt in fact.keep]


def tokenized(tokenizer: Any, text: str, **options: Any) -> Any:
    """What the tokenizer makes of a text; one that begins with the beginning token already is not given another."""
    begun = bool(tokenizer.bos_token) and text.startswith(tokenizer.bos_token)
    return tokenizer(text, add_special_tokens=not begun, **options)


def padded(rows: Sequence[FactTokens], device: torch.device) -> Tensor:
    """[B, T]; a row's last token is repeated, since nothing that counts stands behind it in a causal model."""
    longest = max(len(row.ids) for row in rows)
    return torch.tensor([[*row.ids, *[row.ids[-1]] * (longest - len(row.ids))] for row in rows], device=device)


def _encoded(tokenizer: Any, prefix: str, prompt: str, subject: str, target: str, end: Sequence[int]) -> FactTokens:
    at = prompt.rfind(subject) if subject.strip() else -1
    if at < 0:
        raise KnownError(f"The prompt “{prompt}” does not hold the subject “{subject}”; name a part of the prompt.")
    before = f"{prefix} " if prefix and not prefix[-1].isspace() else prefix
    asked = before + prompt.rstrip()
    subject_end = len(before) + at + len(subject)
    if not tokenizer.is_fast:
        raise KnownError(
            "The model’s tokenizer does not tell where its tokens stand in a text, so no fact can be edited."
        )
    encoded = tokenized(tokenizer, asked + target, return_offsets_mapping=True)
    ids = list(encoded["input_ids"])
    if not target and ids[-1] == tokenizer.eos_token_id:  # some tokenizers end every text
        ids.pop()
    spans = [tuple(span) for span in encoded["offset_mapping"]][: len(ids)]
    inside = [n for n, (start, stop) in enumerate(spans) if start < stop and start < subject_end]
    behind = [n for n, (start, stop) in enumerate(spans) if start < stop and stop > len(asked)]
    first = behind[0] if behind else len(ids)
    return FactTokens((*(ids[: behind[-1] + 1] if behind else ids), *end), inside[-1], first)
