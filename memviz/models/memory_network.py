"""What every network with a memory of its own is."""

from __future__ import annotations

from huggingface_hub import PyTorchModelHubMixin
from torch import nn


class MemoryNetwork(nn.Module, PyTorchModelHubMixin):
    """State in, state out: nothing is kept in the module between two calls.

    ``save_pretrained`` writes ``config.json`` and ``model.safetensors``; ``from_pretrained`` reads a folder or the hub.
    ``__init__`` of a subclass takes ``config``, a dataclass. Its annotation is not postponed, since ``from_pretrained``
    looks the class up there.
    """
