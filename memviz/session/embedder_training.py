"""Makes the built-in embedder of an encoder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.session.encoders import encoder_folder

if TYPE_CHECKING:
    from memviz.models.training.fit import Report


def train_builtin_embedder(
    teacher: str,
    file: Path,
    changes: Mapping[str, int] | None = None,
    *,
    threads: int = 1,
    progress: Progress = no_progress,
    report: Callable[[Report], None] = lambda _: None,
) -> None:
    """Learns the vectors of pieces from an encoder and writes them into a file. Blocks for minutes.

    Args:
        teacher: ``minilm``, a folder or a hub name of an encoder with a WordPiece vocabulary.
        changes: fields of ``distil.Recipe``.
        report: called after each round.

    Raises:
        KnownError: no encoder, one with another kind of vocabulary, or a file that cannot be written.
        Cancelled: from ``progress``.
    """
    from memviz.models.encoder.embedder import load_embedder
    from memviz.models.static_embedder.distil import Recipe, distil, vocabulary_of

    folder = encoder_folder(teacher, progress)
    embedder = load_embedder(folder, name=teacher, progress=progress)
    try:
        vocabulary = vocabulary_of(folder)
    except OSError:
        raise KnownError(f"“{teacher}” has no vocab.txt; choose an encoder with WordPiece, such as “minilm”.") from None
    recipe = replace(Recipe(), **dict(changes or {}))
    table = distil(embedder, vocabulary, recipe, threads=threads, progress=progress, report=report)
    try:
        table.save(file)
    except OSError as error:
        raise KnownError(f"{file} cannot be written ({error.strerror}); choose another file.") from error
