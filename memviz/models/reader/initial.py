"""Weights to start from: heads that copy, planted instead of waited for.

A transformer learns to copy by forming *induction heads* (Olsson et al. 2022): one layer brings each token the identity
of its predecessor, the next lets a token look for places where it stood before and copies what followed there. With
random weights this takes most of a short training. Here the first half of the heads of layer 0 begin as previous-token
heads and those of layer 1 as induction heads on top of them; training is free to change them.
"""

from __future__ import annotations

import torch
from transformers import LlamaForCausalLM

#: How strongly a previous-token head prefers its token, in each dimension of query and key.
_POSITION_STRENGTH = 6.5
_WRITE, _MATCH, _COPY = 0.05, 8.0, 0.2
#: Pairs of dimensions that turn slower than this per token can compare tokens that are far apart.
_SLOW = 0.01


@torch.no_grad()
def plant_induction_heads(model: LlamaForCausalLM) -> None:
    """Changes ``model`` (with attention biases, width = heads * head size, an even number of heads) in place.

    Uses torch's default generator.
    """
    width, heads = model.config.hidden_size, model.config.num_attention_heads
    size = width // heads
    half = size // 2
    turns = 1.0 / model.config.rope_parameters["rope_theta"] ** (torch.arange(half) / half)  # radians per token
    slow = (turns < _SLOW).repeat(2)  # [size]; a pair is dimension i and i + size / 2
    basis = torch.linalg.qr(torch.randn(width, width)).Q.T  # orthonormal rows
    first, second = (model.model.layers[layer].self_attn for layer in (0, 1))
    for head in range(heads // 2):
        rows = slice(head * size, (head + 1) * size)
        token = basis[rows]  # what a head reads of the token itself
        predecessor = basis[width // 2 + head * size : width // 2 + (head + 1) * size]  # where it is written
        # Query and key are constant, and turned against each other by one position.
        first.q_proj.bias[rows] = _POSITION_STRENGTH * torch.cat([torch.ones(half), torch.zeros(half)])
        first.k_proj.bias[rows] = _POSITION_STRENGTH * torch.cat([torch.cos(turns), torch.sin(turns)])
        first.v_proj.weight[rows] = token
        first.o_proj.weight[:, rows] = _WRITE * predecessor.T
        second.q_proj.weight[rows] = _MATCH * token * slow[:, None]
        second.k_proj.weight[rows] = predecessor * slow[:, None]
        second.v_proj.weight[rows] = token
        second.o_proj.weight[:, rows] = _COPY * token.T
