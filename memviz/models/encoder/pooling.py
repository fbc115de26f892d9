"""One vector for a text, made of its tokens' vectors as the model was trained for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from memviz.models.machine_limits import limits_known
from memviz.models.prompts.known_tokens import check_vocabulary


@dataclass(frozen=True, slots=True)
class Pooling:
    """How tokens become one vector: the ``mean`` of them, the ``first`` or the largest (``max``) of each dimension.

    ``normalised``: whether the vector is scaled to length 1.
    """

    mode: str = "mean"
    normalised: bool = False

    @property
    def words(self) -> str:
        names = {"mean": "mean of all tokens", "first": "first token", "max": "largest of all tokens"}
        return names[self.mode] + (", length 1" if self.normalised else "")

    def pooled(self, states: Tensor, mask: Tensor) -> Tensor:
        """Vectors [B, D] of states [B, T, D] under a mask [B, T]."""
        if self.mode == "first":
            pooled = states[:, 0]
        elif self.mode == "max":
            pooled = states.masked_fill(mask[..., None] == 0, -torch.inf).max(dim=1).values
        else:
            weights = mask[..., None].to(states.dtype)
            pooled = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp_min(1.0)
        return torch.nn.functional.normalize(pooled, dim=-1) if self.normalised else pooled


def pooling_of(folder: Path) -> Pooling:
    """As the files of a sentence-transformers folder say; the mean where there are none."""
    modules = _json(folder / "modules.json")
    normalised = isinstance(modules, list) and any("Normalize" in str(module.get("type")) for module in modules)
    config = _json(folder / "1_Pooling" / "config.json")
    if not isinstance(config, dict):
        return Pooling(normalised=normalised)
    if config.get("pooling_mode_cls_token"):
        return Pooling("first", normalised)
    return Pooling("max" if config.get("pooling_mode_max_tokens") else "mean", normalised)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def embed(
    model: PreTrainedModel,
    tokenizer: Any,
    pooling: Pooling,
    texts: Sequence[str],
    *,
    most_tokens: int | None,
    name: str,
) -> tuple[Tensor, list[bool]]:
    """Vectors [B, D] float32 of texts on the CPU, and of which of them the end was not read.

    A text without tokens, such as spaces alone, has the vector 0. ``name`` is the model's, for messages.

    Raises:
        KnownError: the tokenizer is another model's, out of memory, or a device that cannot compute in the model’s
            dtype.
    """
    vectors: list[Tensor] = []
    cut: list[bool] = []
    for text in texts:  # one by one: padding would take a pad token, which some tokenizers lack
        ids = list(tokenizer(text, verbose=False)["input_ids"])
        cut.append(most_tokens is not None and len(ids) > most_tokens)
        if cut[-1]:
            ids = list(tokenizer(text, truncation=True, max_length=most_tokens)["input_ids"])
        if not ids:
            vectors.append(torch.zeros(model.config.get_text_config().hidden_size))
            continue
        check_vocabulary(model, ids, name)
        tokens = torch.tensor([ids], device=model.device)
        mask = torch.ones_like(tokens)
        with torch.inference_mode(), limits_known():
            states = model.base_model(input_ids=tokens, attention_mask=mask).last_hidden_state
        vectors.append(pooling.pooled(states, mask)[0].float().cpu())
    return torch.stack(vectors), cut
