"""What every network with a memory of its own is."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn


class MemoryNetwork(nn.Module, PyTorchModelHubMixin):
    """State in, state out: nothing is kept in the module between two calls.

    ``save_pretrained`` writes ``config.json`` and ``model.safetensors``; ``from_pretrained`` reads a folder or the hub.
    ``__init__`` of a subclass takes ``config``, a dataclass, by an annotation that is not postponed: ``from_pretrained``
    looks its class up there.
    """
