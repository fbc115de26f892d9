"""Every network goes to the hub and comes back the same; the hub is a folder here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub import hub_mixin

from memviz.models.dnc.config import DNCConfig
from memviz.models.dnc.network import DifferentiableNeuralComputer
from memviz.models.kv_memnn.config import KVConfig
from memviz.models.kv_memnn.network import KeyValueMemoryNetwork
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.memory_network import MemoryNetwork
from memviz.models.recurrent.config import RecurrentConfig
from memviz.models.recurrent.network import RecurrentMemory
from memviz.models.story_dnc.config import StoryDNCConfig
from memviz.models.story_dnc.network import StoryDNC

NETWORKS: list[Callable[[], MemoryNetwork]] = [
    lambda: DifferentiableNeuralComputer(DNCConfig(3, 2, slots=4, word_size=3, masked_lookup=True)),
    lambda: KeyValueMemoryNetwork(KVConfig(("wrote",), (1.0,), relations=("written_by",), hops=2)),
    lambda: EndToEndMemoryNetwork(MemN2NConfig(vocabulary=("a", "b"), width=4, slots=2, tying="layer-wise")),
    lambda: RecurrentMemory(RecurrentConfig(3, 2, units=4, cell="gru")),
    lambda: StoryDNC(StoryDNCConfig(("a", "b"), slots=4, word_size=3, hidden_size=5)),
]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that takes uploads and gives downloads."""
    folder = tmp_path / "hub"

    class Api:
        def __init__(self, **_: object) -> None: ...

        def create_repo(self, repo_id: str, **_: object) -> SimpleNamespace:
            return SimpleNamespace(repo_id=repo_id)

        def upload_folder(self, repo_id: str, folder_path: Path, **_: object) -> str:
            shutil.copytree(folder_path, folder / repo_id)
            return repo_id

    monkeypatch.setattr(hub_mixin, "HfApi", Api)
    monkeypatch.setattr(hub_mixin, "hf_hub_download", lambda repo_id, filename, **_: str(folder / repo_id / filename))
    return folder


@pytest.mark.parametrize("make", NETWORKS, ids=lambda make: type(make()).__name__)
def test_a_network_is_uploaded_and_comes_back_the_same(make: Callable[[], MemoryNetwork], hub: Path) -> None:
    torch.manual_seed(0)
    made = make()
    made.push_to_hub("anna/network")
    assert {path.name for path in (hub / "anna" / "network").iterdir()} >= {"config.json", "model.safetensors"}
    again = type(made).from_pretrained("anna/network")
    assert again.config == made.config
    assert all(
        torch.equal(mine, theirs)
        for mine, theirs in zip(made.state_dict().values(), again.state_dict().values(), strict=True)
    )
