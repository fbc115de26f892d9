"""Opens the memory networks that memviz trains; torch is imported when one is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_type_hints

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.models.folders.model_folder import name_of, read_json

if TYPE_CHECKING:
    from memviz.models.dnc.model import DNCModel
    from memviz.models.kv_memnn.facts_model import FactsModel
    from memviz.models.kv_memnn.ngram_model import NGramModel
    from memviz.models.memn2n.story_model import StoryModel
    from memviz.models.memory_network import MemoryNetwork
    from memviz.models.recurrent.model import RecurrentModel
    from memviz.models.sequences.task import Task
    from memviz.models.story_dnc.model import StoryDNCModel

    N = TypeVar("N", bound=MemoryNetwork)


def load_kv_memnn(name_or_path: str, *, progress: Progress = no_progress, **_: object) -> FactsModel:
    """A trained key-value memory network. Networks of this size run on the CPU in float32, whatever is asked for.

    Raises:
        KnownError: no such folder, or another model or another size in it.
        Cancelled: from ``progress``.
    """
    progress(0, 1, "Importing PyTorch")
    from memviz.models.kv_memnn.facts_model import FactsModel
    from memviz.models.kv_memnn.network import KeyValueMemoryNetwork

    folder = Path(name_or_path)
    return FactsModel(load_network(KeyValueMemoryNetwork, folder), name=name_of(folder))


def load_memn2n(name_or_path: str, *, progress: Progress = no_progress, **_: object) -> StoryModel:
    """A trained end-to-end memory network. Errors as :func:`load_kv_memnn`."""
    progress(0, 1, "Importing PyTorch")
    from memviz.models.memn2n.network import EndToEndMemoryNetwork
    from memviz.models.memn2n.story_model import StoryModel

    folder = Path(name_or_path)
    return StoryModel(load_network(EndToEndMemoryNetwork, folder), name=name_of(folder))


def load_kv_ngram(name_or_path: str, *, progress: Progress = no_progress, **_: object) -> NGramModel:
    """A key-value memory without training; its folder holds settings only. Errors as :func:`load_kv_memnn`."""
    progress(0, 1, "Importing PyTorch")
    from memviz.models.kv_memnn.ngram_model import NGramModel

    folder = Path(name_or_path)
    settings = read_json(folder / "config.json")
    return NGramModel(name_of(folder), strength=float(settings["strength"]), most=int(settings["most"]))


def load_recurrent(name_or_path: str, *, progress: Progress = no_progress, **_: object) -> RecurrentModel:
    """A trained LSTM or GRU with its task. Errors as :func:`load_kv_memnn`."""
    progress(0, 1, "Importing PyTorch")
    from memviz.models.recurrent.model import RecurrentModel
    from memviz.models.recurrent.network import RecurrentMemory

    folder = Path(name_or_path)
    return RecurrentModel(load_network(RecurrentMemory, folder), _task(folder), name=name_of(folder))


def load_dnc(name_or_path: str, *, progress: Progress = no_progress, **_: object) -> DNCModel:
    """A trained differentiable neural computer with its task. Errors as :func:`load_kv_memnn`."""
    progress(0, 1, "Importing PyTorch")
    from memviz.models.dnc.model import DNCModel
    from memviz.models.dnc.network import DifferentiableNeuralComputer

    folder = Path(name_or_path)
    return DNCModel(load_network(DifferentiableNeuralComputer, folder), _task(folder), name=name_of(folder))


def load_story_dnc(name_or_path: str, *, progress: Progress = no_progress, **_: object) -> StoryDNCModel:
    """A trained differentiable neural computer that reads stories. Errors as :func:`load_kv_memnn`."""
    progress(0, 1, "Importing PyTorch")
    from memviz.models.story_dnc.model import StoryDNCModel
    from memviz.models.story_dnc.network import StoryDNC

    folder = Path(name_or_path)
    return StoryDNCModel(load_network(StoryDNC, folder), name=name_of(folder))


def _task(folder: Path) -> Task:
    """What a network was trained on, from the recipe beside it."""
    from memviz.models.sequences.task import Task

    try:
        return Task(**read_json(folder / "recipe.json")["task"])
    except (KeyError, TypeError) as error:
        raise KnownError(f"“{folder / 'recipe.json'}” names no task of sequences; train it again.") from error


def load_network(network: type[N], folder: Path) -> N:
    """What ``save_pretrained`` wrote.

    Raises:
        KnownError: files are missing, or are of another model or of another size.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_model

    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise KnownError(f"“{folder}” has no {name}; choose the folder of a trained {network.__name__}.")
    config = get_type_hints(network.__init__)["config"]
    try:
        # Not from_pretrained, which prints a line that would stand in front of a command's JSON.
        made = network(config(**read_json(folder / "config.json")))
        load_model(made, folder / "model.safetensors", strict=True)
    except (RuntimeError, TypeError, ValueError, KeyError, SafetensorError) as error:
        raise KnownError(
            f"The weights in “{folder}” are not those of a {network.__name__} of the size in its config.json;"
            " choose another folder, or train it again."
        ) from error
    return made
