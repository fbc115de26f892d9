"""Which models can be opened without a network, and what they can compute on."""

from __future__ import annotations

from memviz.models.folders.devices import Device
from memviz.models.folders.hub_cache import CachedModel, cached_models
from memviz.session.bundled import shipped_models

__all__ = ["CachedModel", "Device", "cached_models", "shipped_models", "usable_devices"]


def usable_devices() -> list[Device]:
    """The devices that the installed torch can use, the CPU first. Blocks: torch is imported."""
    from memviz.models.folders import devices

    return devices.usable_devices()
