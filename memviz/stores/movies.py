"""The movie memory that ships with memviz, made from MetaQA's knowledge base.

Source: Zhang et al., "Variational Reasoning for Question Answering with Knowledge Graphs", AAAI 2018; CC BY 3.0.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.facts import SENTENCES, Fact
from memviz.stores.pack_format import write_pack

SOURCE = "MetaQA (CC BY 3.0)"


def read_knowledge_base(path: str | Path) -> Iterator[Fact]:
    """One fact per movie and relation from lines ``movie|relation|object``, in the order of the file.

    Raises:
        KnownError: a line that is not of this form, named by its number.
    """
    with Path(path).open(encoding="utf-8") as file:
        triples = (_triple(line, number, path) for number, line in enumerate(file, 1))
        for (subject, relation), group in itertools.groupby(triples, key=lambda triple: triple[:2]):
            yield Fact(subject, relation, tuple(value for _, _, value in group))


def _triple(line: str, number: int, path: str | Path) -> tuple[str, str, str]:
    parts = line.rstrip("\n").split("|")
    if len(parts) != 3 or parts[1] not in SENTENCES:
        raise KnownError(f"Line {number} of “{path}” is not of the form movie|relation|object; mend the line.")
    return parts[0], parts[1], parts[2]


def build_movie_pack(kb_path: str | Path, out_path: str | Path) -> int:
    """Packs the knowledge base ``kb_path`` for shipping; returns the number of facts."""
    return write_pack(out_path, read_knowledge_base(kb_path), SOURCE)
