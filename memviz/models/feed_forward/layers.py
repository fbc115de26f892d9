"""Where the feed-forward layers of a causal language model are, by name, and where they lead.

A layer's neurons are the inputs of its *down projection* [D, F]; the projection's columns are their value vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from memviz.core.errors import KnownError
from memviz.models.feed_forward.hooks import with_outputs
from memviz.models.machine_limits import limits_known

#: Names of the down projection within a block, and some of the architectures that use them.
DOWN_PROJECTIONS = (
    "mlp.down_proj",  # llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3, phi3, olmo2, stablelm, smollm3, granite
    "mlp.c_proj",  # gpt2 (Conv1D), gpt_neo, gpt_bigcode, starcoder2
    "mlp.dense_4h_to_h",  # gpt_neox, falcon, bloom
    "mlp.fc2",  # phi
    "mlp.fc_out",  # gptj, codegen
    "ffn.down_proj",  # mpt
    "fc2",  # opt, xglm, biogpt, and the decoders of bart, mbart, marian, pegasus, blenderbot
    "layer.2.DenseReluDense.wo",  # the decoder of t5
)
#: Norms that lie between a layer's output and the residual stream.
NORMS_BEHIND = ("post_feedforward_layernorm", "post_mlp_layernorm")  # gemma2, gemma3, olmo2, exaone4; glm4

_NORM_NOTE = (
    "This architecture normalises a layer’s output before it joins the residual stream: strengths are those before that"
    " norm, and what a neuron promotes is told by its value vector as it stands in the weights."
)
_PROBE_TOKENS = 5


@dataclass(frozen=True, slots=True)
class FeedForwardLayers:
    """The feed-forward layers of one loaded model. Make it with :func:`find_layers`.

    Used by one thread at a time, the one that runs the model.

    Attributes:
        model: in eval mode.
        blocks: whose outputs are the residual stream.
        projections: the down projection of each block, Linear or Conv1D.
        neurons: F.
        width: D.
        note: a sentence about how to read the numbers of this architecture, or empty.
    """

    model: PreTrainedModel
    blocks: tuple[nn.Module, ...]
    projections: tuple[nn.Module, ...]
    neurons: int
    width: int
    note: str = ""

    def __len__(self) -> int:
        return len(self.blocks)

    def weight(self, layer: int) -> Tensor:
        """[D, F], a view of the layer's own weights: what is written into it changes the model."""
        weight = self.projections[layer].get_parameter("weight")
        return weight.T if isinstance(self.projections[layer], Conv1D) else weight

    def unembedded(self, vectors: Tensor) -> Tensor:
        """``E v`` for vectors [..., D]: [..., V] in float32, without last norm, bias, scale or cap."""
        if (outward := _outward(self.model)) is not None:
            vectors = nn.functional.linear(vectors, outward.weight)
        logits: Tensor = nn.functional.linear(vectors, self.model.get_output_embeddings().weight)
        return logits.float()

    @torch.no_grad()
    def ended(self, residuals: Tensor) -> Tensor:
        """Logits [N, V] in float32 if the residual stream [N, D] came out of the last block.

        They go through the model's own ending (last norm, projection, scale, cap), whatever that is: it reads N
        sequences of one token, and what its last block says is replaced.
        """

        def replaced(_layer: int, _read: Any, output: Any) -> Any:
            stream = residuals.to(hidden(output))[:, None]  # [N, 1, D]
            return (stream, *output[1:]) if isinstance(output, tuple) else stream

        ids = torch.zeros(len(residuals), 1, dtype=torch.long, device=self.model.device)
        with with_outputs(self.blocks[-1:], replaced):
            return self._logits(ids)[:, -1]

    def _logits(self, ids: Tensor) -> Tensor:
        """[B, T, V] in float32 for tokens [B, T]; an encoder-decoder decodes them from a source of zeros."""
        given: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}  # no token is padding
        if self.model.config.is_encoder_decoder:
            source = torch.zeros(len(ids), 1, self.model.config.d_model, dtype=self.model.dtype, device=ids.device)
            given = {"decoder_input_ids": ids, "encoder_outputs": (source,)}
        logits: Tensor = self.model(**given, use_cache=False).logits
        return logits.float()


def hidden(output: Any) -> Tensor:
    """The hidden state [B, T, D] in what a block returns."""
    state: Tensor = output[0] if isinstance(output, tuple) else output
    return state


def find_layers(model: PreTrainedModel) -> FeedForwardLayers:
    """Finds them by name, and makes sure with a few tokens that they lead to the model's logits.

    Raises:
        KnownError: the model has no dense down projection in each block, or another way from block to logits.
    """
    name = type(model).__name__
    decoder = model.get_decoder()
    blocks = _blocks(model if decoder is None else decoder)
    found = [_projection(block) for block in blocks]
    projections = tuple(one for one in found if one is not None)
    if not blocks or len(projections) < len(blocks):
        if any("expert" in part.lower() for part, _ in model.named_modules()):
            raise KnownError(
                f"The feed-forward layers of this model ({name}) are spread over experts, of which each token uses"
                " others, so its neurons cannot be shown; choose a model without experts."
            )
        raise KnownError(
            f"This model ({name}) has no feed-forward layer of a known form in each block, so its neurons cannot be"
            " shown; choose a model of another architecture, such as GPT-2, Llama or Qwen."
        )
    sizes = {_size(one) for one in projections}
    head = model.get_output_embeddings()
    if len(sizes) > 1 or not isinstance(head, nn.Linear):
        what = "feed-forward layers of different sizes" if len(sizes) > 1 else "no unembedding"
        raise KnownError(f"This model ({name}) has {what}, so its neurons cannot be shown; choose another model.")
    ((width, neurons),) = sizes
    normed = any(_has(block, norm) for block in blocks for norm in NORMS_BEHIND)
    layers = FeedForwardLayers(model, blocks, projections, neurons, width, _NORM_NOTE if normed else "")
    if not _leads_to_logits(layers):
        raise KnownError(
            f"What the blocks of this model ({name}) say does not lead to its answers in a known way, so its neurons"
            " cannot be shown; choose another model."
        )
    return layers


def _blocks(decoder: nn.Module) -> tuple[nn.Module, ...]:
    """The outermost list of modules that all hold a down projection, or the longest one where there is none."""
    lists = [tuple(part.children()) for part in decoder.modules() if isinstance(part, nn.ModuleList) and len(part)]
    dense = [blocks for blocks in lists if all(_projection(block) is not None for block in blocks)]
    return dense[0] if dense else max(lists, key=len, default=())


def _projection(block: nn.Module) -> nn.Module | None:
    for name in DOWN_PROJECTIONS:
        if _has(block, name):
            module = block.get_submodule(name)
            return module if isinstance(module, (nn.Linear, Conv1D)) else None
    return None


def _size(projection: nn.Module) -> tuple[int, int]:
    """D and F."""
    rows, columns = projection.get_parameter("weight").shape
    return (columns, rows) if isinstance(projection, Conv1D) else (rows, columns)


def _has(block: nn.Module, name: str) -> bool:
    try:
        block.get_submodule(name)
    except AttributeError:
        return False
    return True


def _outward(model: PreTrainedModel) -> nn.Linear | None:
    """OPT's projection from the blocks' width to the embeddings' width, where they differ (the 350m model)."""
    projection = getattr(model.get_decoder(), "project_out", None)
    return projection if isinstance(projection, nn.Linear) else None


def _leads_to_logits(layers: FeedForwardLayers) -> bool:
    """Whether the residual stream after the last block, put there again, gives the logits of a few tokens."""
    vocabulary = layers.model.get_input_embeddings().weight.shape[0]
    ids = (torch.arange(_PROBE_TOKENS, device=layers.model.device) * 7 + 3).remainder(vocabulary)[None]  # [1, T]
    seen: list[Tensor] = []

    def see(_layer: int, _read: Any, output: Any) -> None:
        seen.append(hidden(output).clone())

    try:
        with limits_known(), with_outputs(layers.blocks[-1:], see), torch.no_grad():
            logits = layers._logits(ids)[0, -1]
        if len(seen) != 1 or seen[0].shape[1:] != (_PROBE_TOKENS, layers.width):
            return False
        again = layers.ended(seen[0][:, -1])[0]
    except (RuntimeError, TypeError, ValueError, AttributeError):
        return False
    exact = layers.model.dtype in (torch.float32, torch.float64)
    scale = logits.abs().nan_to_num(0.0).max().item()
    close = torch.allclose(again, logits, rtol=0.0, atol=(1e-4 if exact else 5e-2) * max(1.0, scale), equal_nan=True)
    return bool(close and layers.unembedded(seen[0][0, -1:]).shape == logits[None].shape)
