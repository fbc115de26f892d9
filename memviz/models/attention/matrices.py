"""The whole attention of a text that an encoder reads at once, layer by layer, as long as it is short enough to keep.

For any text the row of one chosen token (``focus``) is kept. Shape letters: B batch, H attention head, L layer, T
tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from memviz.models.attention.capture import Attending, attention_row, stacked

#: Numbers of all layers together that are kept at most: 64 MB.
MOST_NUMBERS = 16_000_000


class MatrixRecording:
    """Attention of one forward pass over a whole text; one text at a time (B = 1).

    Args:
        focus: position of the token whose row is always kept; negative from the end.
        layers: how many layers are going to attend, for the budget.
        most: numbers that whole matrices may take; beyond it only rows are kept.
    """

    def __init__(self, focus: int, layers: int, *, most: int = MOST_NUMBERS) -> None:
        self._focus = focus
        self._planned = max(layers, 1)
        self._most = most
        self._rows: list[Tensor] = []
        self._matrices: list[Tensor] = []

    @property
    def layers(self) -> int:
        """Number of layers recorded so far."""
        return len(self._rows)

    def attended(self, module: nn.Module, attending: Attending) -> None:
        del module  # a whole text is read by one encoder alone
        heads, tokens = attending.query.shape[1], attending.key.shape[2]
        if self._fits(heads, tokens):
            self.add_matrix(attention_matrix(attending))
        else:
            self._rows.append(attention_row(attending, self._focus))

    def add_matrix(self, matrix: Tensor) -> None:
        """Records one layer's attention [B, H, T, T], as eager attention hands it out."""
        self._rows.append(matrix[:, :, self._focus].float())
        if self._fits(matrix.shape[1], matrix.shape[-1]):
            self._matrices.append(matrix.float())

    def _fits(self, heads: int, tokens: int) -> bool:
        return heads * tokens * tokens * self._planned <= self._most

    def rows(self) -> Tensor:
        """[L, H, T] float32: the row of ``focus`` in each layer."""
        return stacked(self._rows)[:, 0]

    def matrices(self) -> Tensor | None:
        """[L, H, T, T] float32, or None where they would have been too large."""
        if not self._matrices or len(self._matrices) < len(self._rows):
            return None
        return stacked(self._matrices)[:, 0]


def attention_matrix(attending: Attending) -> Tensor:
    """Attention of every query over all keys, [B, H, Q, T] float32; without a mask every query sees every key."""
    query, key = attending.query, attending.key
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key = key.repeat_interleave(groups, dim=1)
    scale = query.shape[-1] ** -0.5 if attending.scaling is None else attending.scaling
    logits = torch.matmul(query * scale, key.transpose(-1, -2))
    if attending.position_bias is not None:
        logits = logits + attending.position_bias
    if attending.mask is not None:
        mask = attending.mask
        logits = logits.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else logits + mask
    return torch.softmax(logits, dim=-1, dtype=torch.float32)
