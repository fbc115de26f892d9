"""Which embedders can be chosen without typing a name."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.core.recall_settings import SETTING as RECALL_SETTING
from memviz.core.recall_settings import settings_from_json
from memviz.models.folders.hub_cache import cached_folder, cached_models
from memviz.models.folders.model_folder import ENCODER, read_json
from memviz.models.folders.model_hub import is_whole
from memviz.session.embedders import BUILTIN, SETTING, choice_from_json
from memviz.session.model_kinds import transformer_kind
from memviz.session.packaged import PACKAGED, packaged_folder
from memviz.session.session import Session


@dataclass(frozen=True, slots=True)
class EmbedderOffer:
    """An embedder that is at hand.

    Attributes:
        name: as :meth:`~memviz.session.session.Session.use_embedder` takes it.
        words: for people.
        lacking: one sentence how to get it; empty where it can be used now.
    """

    name: str
    words: str
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class VectorsOfMemory:
    """What an open memory says of vectors, whether an embedder is used now or not.

    Attributes:
        embedder: name of the one that it was given last; empty for none.
        dense: weight of vectors in its recall settings.
        spaces: what it holds: space -> (dimension, number).
    """

    embedder: str = ""
    dense: float = 0.0
    spaces: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def shipped_offers() -> list[EmbedderOffer]:
    """What needs no download; at once."""
    return [EmbedderOffer(BUILTIN, "built-in"), *(_packaged(name) for name in PACKAGED)]


def _packaged(name: str) -> EmbedderOffer:
    try:
        packaged_folder(name)
    except KnownError as error:
        return EmbedderOffer(name, f"{name} (not installed)", str(error))
    return EmbedderOffer(name, name)


def cached_offers() -> list[EmbedderOffer]:
    """Encoders in the local Hugging Face cache that are whole. Blocks: where it holds any model, transformers is
    imported."""
    return [EmbedderOffer(model.name, model.name) for model in cached_models() if _is_encoder(model.name)]


def _is_encoder(name: str) -> bool:
    folder = cached_folder(name)
    if folder is None or not is_whole(folder):
        return False
    try:
        return transformer_kind(read_json(folder / "config.json"), name) == ENCODER
    except KnownError:
        return False


def vectors_of_memory(session: Session) -> Future[VectorsOfMemory]:
    """What the open memory says of vectors; settings that memviz does not understand count as none."""

    def look(store: Store) -> VectorsOfMemory:
        choice = choice_from_json(store.settings.get(SETTING))
        try:
            dense = settings_from_json(store.settings.get(RECALL_SETTING, {})).dense
        except KnownError:
            dense = 0.0
        return VectorsOfMemory(choice.name if choice is not None else "", dense, store.vector_spaces())

    return session.store_call(look)
