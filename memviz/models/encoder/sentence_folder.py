"""What the folder of an encoder says of how its vectors are to be made. Needs neither torch nor transformers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError
from memviz.models.folders.model_folder import TRANSFORMERS, kind_of, name_of

#: Of each file of weights so many pieces of so many bytes are looked at for the digest.
_PIECES, _PIECE = 32, 65_536
#: Ways of pooling that memviz does not know, as sentence-transformers calls them.
_OTHER_POOLING = ("pooling_mode_lasttoken", "pooling_mode_weightedmean_tokens")
#: Names under which folders keep the prefix of what is searched.
_PASSAGE_NAMES = ("passage", "document", "corpus")


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What is put before a text, because the encoder was trained so: ``query: `` and ``passage: `` for E5."""

    query: str = ""
    passage: str = ""

    @property
    def words(self) -> str:
        """For the name of a space; empty without prefixes."""
        return f" · {self.query!r} {self.passage!r}" if self.query or self.passage else ""

    def with_given(self, query: str | None, passage: str | None) -> Prefixes:
        """These, or what is given instead."""
        return Prefixes(self.query if query is None else query, self.passage if passage is None else passage)


def prefixes_of(folder: Path) -> Prefixes:
    """The prompts in the folder's ``config_sentence_transformers.json``; none where it has none."""
    config = _json(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts") if isinstance(config, dict) else None
    if not isinstance(prompts, dict):
        return Prefixes()
    texts = {str(name): text for name, text in prompts.items() if isinstance(text, str)}
    passage = next((texts[name] for name in _PASSAGE_NAMES if texts.get(name)), "")
    return Prefixes(texts.get("query", ""), passage)


def longest_of(folder: Path) -> int | None:
    """How many tokens of a text are read, as ``sentence_bert_config.json`` says; None where it does not."""
    config = _json(folder / "sentence_bert_config.json")
    length = config.get("max_seq_length") if isinstance(config, dict) else None
    return length if isinstance(length, int) and length > 0 else None


def check_sentence_folder(folder: Path) -> None:
    """Refuses what could only be read wrongly.

    Raises:
        KnownError: a memory network, or a step after the encoder that memviz does not know.
    """
    if kind_of(folder) not in TRANSFORMERS:
        raise KnownError(
            f"“{name_of(folder)}” is a memory network, not an encoder; choose an encoder such as “minilm”, or"
            " “builtin”."
        )
    modules = _json(folder / "modules.json")
    steps = modules if isinstance(modules, list) else []
    kinds = [str(step.get("type")) for step in steps if isinstance(step, dict)]
    if other := [kind for kind in kinds if kind.rpartition(".")[2] not in ("Transformer", "Pooling", "Normalize")]:
        raise KnownError(
            f"“{name_of(folder)}” has a step “{other[0].rpartition('.')[2]}” after its encoder, which memviz does not"
            " know; choose an encoder whose vectors are pooled alone."
        )
    pooling = _json(folder / "1_Pooling" / "config.json")
    if isinstance(pooling, dict) and any(pooling.get(name) for name in _OTHER_POOLING):
        raise KnownError(
            f"“{name_of(folder)}” pools its tokens in a way that memviz does not know; choose an encoder with mean, CLS"
            " or max pooling."
        )


def digest_of(folder: Path) -> str:
    """Eight letters that change with the configuration, the tokenizer or the weights; a copy has the same."""
    digest = hashlib.sha256()
    for name in ("config.json", "tokenizer.json", "vocab.txt"):
        if (file := folder / name).is_file():
            digest.update(file.read_bytes())
    for file in sorted(folder.glob("*.safetensors")):
        size = file.stat().st_size
        digest.update(size.to_bytes(8, "little"))
        with file.open("rb") as stream:
            for piece in range(_PIECES):
                stream.seek(max(0, size - _PIECE) * piece // (_PIECES - 1))
                digest.update(stream.read(_PIECE))
    return digest.hexdigest()[:8]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
