"""One number that tells whether two memories hold the same entries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from memviz.core.entry import ENTRY_FIELDS, Entry


class EntriesDigest:
    """Count of and hash over entries in the order of their ids."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            values: dict[str, Any] = {name: getattr(entry, name) for name in ENTRY_FIELDS}
            values["metadata"] = dict(entry.metadata)
            self._hash.update(json.dumps(values, ensure_ascii=True, sort_keys=True).encode() + b"\n")
            self.count += 1

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
