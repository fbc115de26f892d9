"""Short greedy answers to many prompts, to compare a model before and after an edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from memviz.core.errors import KnownError
from memviz.models.feed_forward.fact_tokens import tokenized
from memviz.models.limits import context_length, end_token_ids

#: Sequences that are decoded side by side.
_AT_ONCE = 64


@torch.no_grad()
def answers(model: PreTrainedModel, tokenizer: Any, prompts: Sequence[str], *, max_tokens: int = 12) -> list[str]:
    """For each prompt the most probable continuation, up to the end of the answer, a line break or ``max_tokens``.

    Prompts of the same length are decoded together, so that no padding can change an answer.

    Raises:
        KnownError: a prompt leaves no room for its answer.
    """
    ids = [prompt_ids(tokenizer, prompt) for prompt in prompts]
    for prompt, row in zip(prompts, ids, strict=True):
        _check_length(model, tokenizer, prompt, len(row) + max_tokens)
    found = [""] * len(prompts)
    same: dict[int, list[int]] = {}
    for number, row in enumerate(ids):
        same.setdefault(len(row), []).append(number)
    for numbers in same.values():
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            continued = _continued(model, tokenizer, [ids[number] for number in some], max_tokens)
            for number, row in zip(some, continued, strict=True):
                found[number] = _text(tokenizer, ids[number], row)
    return found


@torch.no_grad()
def end_of_answer(model: PreTrainedModel, tokenizer: Any, prompt: str, *, max_tokens: int = 12) -> tuple[int, ...]:
    """The token that ends the model's own answer, as a new answer shall end as well; none where it just goes on.

    Raises as :func:`answers`.
    """
    ends = end_token_ids(model, tokenizer)
    ids = prompt_ids(tokenizer, prompt)
    _check_length(model, tokenizer, prompt, len(ids) + max_tokens)
    (row,) = _continued(model, tokenizer, [ids], max_tokens)
    return tuple(row[-1:]) if row and row[-1] in ends else ()


def prompt_ids(tokenizer: Any, prompt: str) -> list[int]:
    """As the model reads a prompt that goes on: some tokenizers end every text, which is taken away."""
    ids: list[int] = list(tokenized(tokenizer, prompt.rstrip())["input_ids"])
    return ids[:-1] if len(ids) > 1 and ids[-1] == tokenizer.eos_token_id else ids


def _continued(model: PreTrainedModel, tokenizer: Any, rows: Sequence[list[int]], max_tokens: int) -> list[list[int]]:
    """The tokens that follow each of rows of one length, the end token included."""
    ends = end_token_ids(model, tokenizer)
    ids: Tensor = torch.tensor(rows, device=model.device)  # [B, T]
    said: list[list[int]] = [[] for _ in rows]
    length, cache = ids.shape[1], None
    for more in range(max_tokens):
        # Said, since a sequence that has ended repeats its last token, which may look like padding.
        mask = torch.ones(len(rows), length + more, dtype=torch.long, device=model.device)
        output = model(input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        ids = output.logits[:, -1].argmax(-1, keepdim=True)
        for row, (token_id,) in zip(said, ids.tolist(), strict=True):
            if not row or row[-1] not in ends:
                row.append(token_id)
        if all(row[-1] in ends for row in said):
            break
    return said


def _check_length(model: PreTrainedModel, tokenizer: Any, prompt: str, needed: int) -> None:
    most = context_length(model, tokenizer)
    if most is not None and needed > most:
        raise KnownError(
            f"The prompt “{prompt[:60]}{'…' if len(prompt) > 60 else ''}” and its answer take {needed:,} tokens, and"
            f" the model reads {most:,}; shorten it."
        )


def _text(tokenizer: Any, prompt: list[int], said: list[int]) -> str:
    """What the answer adds to the prompt's text: its first line."""
    before, both = (
        str(tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))
        for ids in (prompt, prompt + said)
    )
    return both[len(before) :].strip().split("\n")[0].strip()
