"""What makes the vectors of a memory, by the name that a user gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.text import normalised
from memviz.core.vectors import Embedder
from memviz.session.encoders import encoder_folder
from memviz.session.registry import EMBEDDERS, load

#: The one that ships and needs no download.
BUILTIN = "builtin"
#: Under this name a memory keeps its choice (``Store.settings``).
SETTING = "embedder"


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """An embedder as a user names it.

    Attributes:
        name: ``builtin``, ``minilm``, a folder or a hub name.
        query_prefix, passage_prefix: put before questions and entries; None: as the model's folder says.
    """

    name: str
    query_prefix: str | None = None
    passage_prefix: str | None = None

    def as_json(self) -> dict[str, str]:
        """For the memory's settings; :func:`choice_from_json` takes it back."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def choice_from_json(value: Any) -> EmbedderChoice | None:
    """What a memory's settings name; None where they name nothing, or nothing that can be understood."""
    if isinstance(value, str) and value.strip():
        return EmbedderChoice(value)
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        return None
    prefixes = {name: value[name] for name in ("query_prefix", "passage_prefix") if isinstance(value.get(name), str)}
    return EmbedderChoice(value["name"], **prefixes)


def open_embedder(choice: EmbedderChoice, progress: Progress = no_progress) -> Embedder:
    """Loads an embedder. Blocks, for seconds where torch is imported or a model is downloaded.

    Raises:
        KnownError: there is no such model, it is no encoder, or prefixes for an embedder that has none.
        Cancelled: from ``progress``.
    """
    embedder: Embedder
    if choice.name == BUILTIN:
        if choice.query_prefix or choice.passage_prefix:
            raise KnownError("The built-in embedder knows no prefixes; leave them out.")
        progress(0, 0, "loading the built-in embedder")
        embedder = load(EMBEDDERS, BUILTIN)()
        return embedder
    folder = encoder_folder(choice.name, progress)
    short = choice.name if folder.name == "model" else ""
    embedder = load(EMBEDDERS, "encoder")(
        folder,
        name=short,
        query_prefix=choice.query_prefix,
        passage_prefix=choice.passage_prefix,
        progress=progress,
    )
    return embedder


def embedded_text(entry: Entry) -> str:
    """What of an entry becomes a vector: its text, after its subject where the text does not name that."""
    subject = entry.subject.strip()
    if not subject or f" {normalised(subject)} " in f" {normalised(entry.text)} ":
        return entry.text
    return f"{subject}: {entry.text}" if entry.text.strip() else entry.key
