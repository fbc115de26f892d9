"""Gradients of one step of a DNC's heads, written out, from the state after it to the state before it."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.gradients import of_allocation, of_content, of_link, of_retention, of_sharpened
from memviz.models.dnc.linkage import follow
from memviz.models.dnc.state import DNCState, DNCStep, Interface


class Step(NamedTuple):
    """One time step: the state before and after it, and what the heads did."""

    before: DNCState
    after: DNCState
    done: DNCStep


class ToHeads(NamedTuple):
    """Gradients of what the heads keep, shapes as in :class:`~memviz.models.dnc.state.DNCState`."""

    memory: Tensor
    usage: Tensor
    write_weights: Tensor
    precedence: Tensor
    linkage: Tensor
    read_weights: Tensor

    @classmethod
    def zeros(cls, state: DNCState) -> ToHeads:
        return cls(*(torch.zeros_like(getattr(state, name)) for name in cls._fields))


def through_heads(
    config: DNCConfig, step: Step, gradient: ToHeads, to_read_vectors: Tensor
) -> tuple[Interface, ToHeads]:
    """Gradients of what the controller told and of what the heads kept before the step.

    Args:
        gradient: of what they kept after it; overwritten.
        to_read_vectors: of the read vectors, [B, R, W].
    """
    reading, told = _through_reading(step, gradient, to_read_vectors)
    writing, of_writing = _through_writing(config, step, reading)
    return Interface(**told, **of_writing), writing


def _through_reading(step: Step, gradient: ToHeads, to_read_vectors: Tensor) -> tuple[ToHeads, dict[str, Any]]:
    """Read weights and one step along the linkage. Of what is returned only the read weights are those *before*."""
    before, after, done = step
    told = done.interface
    to_reads = torch.baddbmm(gradient.read_weights, to_read_vectors, after.memory.transpose(1, 2))
    to_memory = gradient.memory.baddbmm_(after.read_weights.transpose(1, 2), to_read_vectors)
    back, content, on = told.read_modes.unsqueeze(-1).unbind(2)
    sources = torch.stack([done.backward_weights, done.read_content, done.forward_weights], 2)  # [B, R, 3, N]
    to_modes = (sources @ to_reads.unsqueeze(-1)).squeeze(-1)
    looked_up = of_content(
        content * to_reads, done.read_content, after.memory, told.read_keys, told.read_strengths, told.read_masks
    )
    to_backward, to_forward = back * to_reads, on * to_reads
    to_strengths = None
    if told.link_strengths is not None:
        forward, backward = follow(after.linkage, before.read_weights)
        to_backward, of_back = of_sharpened(to_backward, backward, told.link_strengths[..., 0], done.backward_weights)
        to_forward, of_on = of_sharpened(to_forward, forward, told.link_strengths[..., 1], done.forward_weights)
        to_strengths = torch.stack([of_back, of_on], -1)
    to_reads_before = torch.bmm(to_forward, after.linkage).baddbmm_(to_backward, after.linkage.transpose(1, 2))
    to_linkage = gradient.linkage.baddbmm_(to_forward.transpose(1, 2), before.read_weights)
    to_linkage.baddbmm_(before.read_weights.transpose(1, 2), to_backward)
    return gradient._replace(
        memory=to_memory.add_(looked_up.memory), linkage=to_linkage, read_weights=to_reads_before
    ), {
        "read_keys": looked_up.keys,
        "read_strengths": looked_up.strengths,
        "read_masks": looked_up.masks,
        "read_modes": to_modes,
        "link_strengths": to_strengths,
    }


def _through_writing(config: DNCConfig, step: Step, gradient: ToHeads) -> tuple[ToHeads, dict[str, Any]]:
    """Linkage, precedence, memory, write weights, allocation, usage and retention."""
    before, after, done = step
    told, written = done.interface, after.write_weights
    to_linkage, to_written, to_precedence = of_link(gradient.linkage, before.linkage, written, before.precedence)
    # p = (1 - Σ w) p + w
    to_written += gradient.write_weights + gradient.precedence
    to_written -= (gradient.precedence * before.precedence).sum(-1, keepdim=True)
    to_precedence.addcmul_(gradient.precedence, 1.0 - written.sum(-1, keepdim=True))
    # M = M kept + w v, kept = (1 - w e) ψ
    to_memory = gradient.memory
    kept = 1.0 - written.unsqueeze(-1) * told.erase_vector.unsqueeze(1)
    to_written += torch.bmm(to_memory, told.write_vector.unsqueeze(-1)).squeeze(-1)
    to_write_vector = torch.bmm(written.unsqueeze(1), to_memory).squeeze(1)
    to_kept = to_memory * before.memory
    to_retention = gradient.usage.new_zeros(())
    if config.deallocation:
        retention = done.retention.unsqueeze(-1)
        to_retention = (to_kept * kept).sum(-1)
        to_kept.mul_(retention)
        kept.mul_(retention)
    to_memory.mul_(kept)
    to_written -= torch.bmm(to_kept, told.erase_vector.unsqueeze(-1)).squeeze(-1)
    to_erase_vector = torch.bmm(written.unsqueeze(1), to_kept).squeeze(1).neg_()
    # w = g (c + g_a (a - c))
    apart = done.allocation - done.write_content
    to_write_gate = (to_written * torch.addcmul(done.write_content, told.allocation_gate, apart)).sum(-1, keepdim=True)
    to_mixed = to_written.mul_(told.write_gate)
    to_allocation_gate = (to_mixed * apart).sum(-1, keepdim=True)
    to_allocation = to_mixed * told.allocation_gate
    looked_up = of_content(
        (to_mixed - to_allocation).unsqueeze(1),
        done.write_content.unsqueeze(1),
        before.memory,
        told.write_key.unsqueeze(1),
        told.write_strength,
        None if told.write_mask is None else told.write_mask.unsqueeze(1),
    )
    to_memory += looked_up.memory
    # u = (u + w - u w) ψ, with the write weights of the step before
    to_usage = gradient.usage + of_allocation(to_allocation, after.usage, done.allocation)
    free, unwritten = 1.0 - before.usage, 1.0 - before.write_weights
    to_retention = torch.addcmul(to_retention, to_usage, 1.0 - free * unwritten)
    to_usage.mul_(done.retention)
    to_reads, to_free_gates = of_retention(to_retention, before.read_weights, told.free_gates)
    return ToHeads(
        memory=to_memory,
        usage=to_usage * unwritten,
        write_weights=to_usage.mul_(free),
        precedence=to_precedence,
        linkage=to_linkage,
        read_weights=gradient.read_weights.add_(to_reads),
    ), {
        "write_key": looked_up.keys.squeeze(1),
        "write_strength": looked_up.strengths,
        "write_mask": None if looked_up.masks is None else looked_up.masks.squeeze(1),
        "erase_vector": to_erase_vector,
        "write_vector": to_write_vector,
        "free_gates": to_free_gates,
        "allocation_gate": to_allocation_gate,
        "write_gate": to_write_gate,
    }
