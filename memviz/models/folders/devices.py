"""What this machine can compute on."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.models.folders.model_memory import free_memory


@dataclass(frozen=True, slots=True)
class Device:
    """
    Attributes:
        name: as torch calls it: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        words: for people.
        free: bytes of memory that are free there now.
    """

    name: str
    words: str
    free: int


def usable_devices() -> list[Device]:
    """The devices that the installed torch can use, the CPU first. Imports torch: seconds, the first time."""
    import torch

    found = [Device("cpu", "CPU", free_memory())]
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            name = "cuda" if number == 0 else f"cuda:{number}"
            found.append(Device(name, torch.cuda.get_device_name(number), int(torch.cuda.mem_get_info(number)[0])))
    if torch.backends.mps.is_available():  # it shares the main memory
        found.append(Device("mps", "Apple GPU", free_memory()))
    return found
