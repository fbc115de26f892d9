"""What memviz knows how to load: explicit text, greppable, imported on first use."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from memviz.core.errors import KnownError

#: kind of model -> ``load(name_or_path, *, device, dtype, progress) -> MemoryModel``
MODELS: Mapping[str, str] = {
    "transformer": "memviz.models.transformer:load_transformer",
    "causal-lm": "memviz.models.transformer:load_transformer",
    "seq2seq-lm": "memviz.models.transformer:load_transformer",
    "encoder": "memviz.models.transformer:load_transformer",
    "kv-memnn": "memviz.models.load_network:load_kv_memnn",
    "memn2n": "memviz.models.load_network:load_memn2n",
    "dnc": "memviz.models.load_network:load_dnc",
    "story-dnc": "memviz.models.load_network:load_story_dnc",
    "recurrent": "memviz.models.load_network:load_recurrent",
    "kv-ngram": "memviz.models.load_network:load_kv_ngram",
}

#: scheme of a memory's address -> ``open(place, *, create, **options) -> Store`` (see ``addresses.MemoryAddress``)
STORES: Mapping[str, str] = {
    "sqlite": "memviz.stores.sqlite:SQLiteStore.open",
    "memory": "memviz.stores.in_memory:InMemoryStore.open",
    "attached": "memviz.stores.attached.store:AttachedStore.open",
    "redis": "memviz.stores.redis.store:RedisStore.open",
    "rediss": "memviz.stores.redis.store:RedisStore.open",
    "redis+cluster": "memviz.stores.redis.store:RedisStore.open",
    "rediss+cluster": "memviz.stores.redis.store:RedisStore.open",
}

#: name -> class of a ``Recaller``
RECALLERS: Mapping[str, str] = {
    "lexical": "memviz.recall.hybrid:HybridRecaller",
    "key-hashing": "memviz.recall.key_hashing:KeyHashingRecaller",
    "newest": "memviz.recall.newest:NewestRecaller",
    "shared-words": "memviz.recall.shared_words:SharedWordsRecaller",
}

#: kind of embedder -> what makes an ``Embedder``
EMBEDDERS: Mapping[str, str] = {
    "builtin": "memviz.models.static_embedder.embedder:load_builtin",
    "encoder": "memviz.models.encoder.embedder:load_embedder",
}


def load(table: Mapping[str, str], name: str) -> Any:
    """Imports what ``table`` names.

    Raises:
        KnownError: the table has no such name.
    """
    if name not in table:
        raise KnownError(f"memviz has no “{name}”; it knows {', '.join(sorted(table))}.")
    module, _, path = table[name].partition(":")
    found: Any = importlib.import_module(module)
    for attribute in path.split("."):
        found = getattr(found, attribute)
    return found
