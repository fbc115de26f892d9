"""What the window remembers from one start to the next."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

RECENT_LIMIT = 8
LOAD_OPTIONS_LIMIT = 64
DEFAULT_MODEL = "movies-reader"
DEFAULT_MEMORY = "movies"
EXAMPLE_QUESTION = "who directed Blade Runner?"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Query fields that the user sets once and for all; see :class:`memviz.core.query.Query`."""

    max_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    limit: int = 12
    least_share: float = 0.5
    template: str | None = None
    use_memory: bool = True
    beams: int = 0


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Where a model computes and how its weights lie there, as torch calls them."""

    device: str = "cpu"
    dtype: str = "auto"


class Settings:
    """Typed access to a :class:`QSettings`. GUI thread. Values that make no sense count as absent."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store if store is not None else QSettings("memviz", "memviz")

    def _text(self, key: str, default: str = "") -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    @property
    def theme(self) -> str:
        return self._text("theme", "system")

    @theme.setter
    def theme(self, scheme: str) -> None:
        self._store.setValue("theme", scheme)

    @property
    def model(self) -> str:
        return self._text("model", DEFAULT_MODEL)

    @model.setter
    def model(self, name: str) -> None:
        self._store.setValue("model", name)

    @property
    def memory(self) -> str:
        return self._text("memory", DEFAULT_MEMORY)

    @memory.setter
    def memory(self, url: str) -> None:
        self._store.setValue("memory", url)

    @property
    def query(self) -> str:
        """The last question that was asked, or an example for the first start."""
        return self._text("query", EXAMPLE_QUESTION)

    @query.setter
    def query(self, text: str) -> None:
        self._store.setValue("query", text)

    def forget_query(self) -> None:
        """Nothing is kept of the last question, in the file either."""
        self._store.remove("query")
        self._store.sync()

    def recent(self, kind: str) -> list[str]:
        """What was opened lately, newest first; ``kind`` is ``models``, ``memories`` or ``queries``."""
        loaded = self._json(f"recent/{kind}")
        return [item for item in loaded if isinstance(item, str)] if isinstance(loaded, list) else []

    def add_recent(self, kind: str, name: str) -> None:
        newest = [name, *(item for item in self.recent(kind) if item != name)][:RECENT_LIMIT]
        self._store.setValue(f"recent/{kind}", json.dumps(newest))

    def load_options(self, model: str) -> LoadOptions:
        """How this model was loaded last."""
        known = self._load_options().get(model)
        match known:
            case [str(device), str(dtype)]:
                return LoadOptions(device, dtype)
            case _:
                return LoadOptions()

    def set_load_options(self, model: str, options: LoadOptions) -> None:
        """Remembers them; those of the models that were loaded long ago are forgotten."""
        others = {name: known for name, known in self._load_options().items() if name != model}
        kept = list(others.items())[: LOAD_OPTIONS_LIMIT - 1]
        if options != LoadOptions():
            kept.insert(0, (model, [options.device, options.dtype]))
        self._store.setValue("load_options", json.dumps(dict(kept)))

    def _load_options(self) -> dict[str, Any]:
        loaded = self._json("load_options")
        return loaded if isinstance(loaded, dict) else {}

    @property
    def run_options(self) -> RunOptions:
        loaded = self._json("run_options")
        known: dict[str, Any] = {}
        for field in fields(RunOptions):
            value = loaded.get(field.name) if isinstance(loaded, dict) else None
            if value is not None and isinstance(value, _types_of(field.name)):
                known[field.name] = value
        return RunOptions(**known)

    @run_options.setter
    def run_options(self, options: RunOptions) -> None:
        self._store.setValue("run_options", json.dumps(asdict(options)))

    def layout(self, name: str) -> QByteArray:
        """A saved geometry or state; empty when there is none."""
        value = self._store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def save_layout(self, name: str, value: QByteArray) -> None:
        self._store.setValue(f"layout/{name}", value)

    def clear_layout(self) -> None:
        self._store.remove("layout")

    def sync(self) -> None:
        self._store.sync()

    def _json(self, key: str) -> Any:
        try:
            return json.loads(self._text(key, "null"))
        except ValueError:
            return None


def _types_of(name: str) -> tuple[type, ...]:
    if name == "template":
        return (str,)
    default = getattr(RunOptions(), name)
    return (int, float) if isinstance(default, float) else (type(default),)
