"""Story files as memories: each sentence an entry, each question a query that knows its place in the story."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from memviz.core.errors import KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.query import Query
from memviz.core.resources import resource_path
from memviz.core.stories import Story, read_story_file
from memviz.session.bundled import BUNDLED_MEMORIES, data_folder

#: Files with this ending are taken for stories where a memory is asked for.
SUFFIX = ".txt"


def story_file(memory: str) -> Path | None:
    """The story file that a user means by a memory's name; None where the memory is none, or an address of a store."""
    if "://" in memory:
        return None
    path = resource_path(*BUNDLED_MEMORIES[memory].split("/")) if memory in BUNDLED_MEMORIES else Path(memory)
    return path.expanduser().absolute() if path.suffix == SUFFIX else None


def story_memory(path: Path) -> Path:
    """Where the memory of a story file is, or will be: another one for another content, so that edits stay with theirs.

    Raises:
        KnownError: the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KnownError(
            f"{path} cannot be read ({error.strerror}); give a file of stories in bAbI's format."
        ) from error
    return data_folder() / "stories" / f"{path.stem}-{hashlib.sha256(content).hexdigest()[:12]}.sqlite"


def unpack_stories(path: Path, progress: Progress = no_progress) -> Path:
    """The memory of a story file, made at its first use. Blocks.

    Raises:
        KnownError: the file is not in bAbI's format, or the data folder cannot be written.
        Cancelled: from ``progress``.
    """
    from memviz.stores.packed import make_memory

    target = story_memory(path)
    if not target.exists():
        stories = read_story_file(path)
        rows = [
            {"key": "", "text": sentence, "source": _source(number)}
            for number, story in enumerate(stories, 1)
            for sentence in story.sentences
        ]
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise KnownError(
                f"The stories cannot be unpacked into {target.parent} ({error.strerror});"
                " set MEMVIZ_DATA_HOME to a folder that can be written."
            ) from error
        make_memory(target, iter(rows), len(rows), progress)
    return target


def story_queries(path: Path) -> list[Query]:
    """The questions of a story file, each about its story up to its place, with what the file says is right.

    Raises:
        KnownError: the file is not in bAbI's format.
    """
    return queries_of(read_story_file(path))


def queries_of(stories: Sequence[Story]) -> list[Query]:
    """Queries to the memory that :func:`unpack_stories` makes: its ids count the sentences of the file from 1."""
    queries: list[Query] = []
    first = 1
    for number, story in enumerate(stories, 1):
        queries += [
            Query(
                asked.question,
                source=_source(number),
                before=first + len(asked.sentences),
                expected=asked.answer,
                supporting=tuple(first + at for at in asked.supporting),
            )
            for asked in story.questions
        ]
        first += len(story.sentences)
    return queries


def query_of_line(path: Path, line: int) -> Query:
    """The question on a line of a story file, 1-based.

    Raises:
        KnownError: there is none.
    """
    stories = read_story_file(path)
    lines = [asked.line for story in stories for asked in story.questions]
    if line not in lines:
        raise KnownError(f"Line {line} of {path} holds no question; its first one is on line {lines[0]}.")
    return queries_of(stories)[lines.index(line)]


def _source(number: int) -> str:
    return f"story {number}"
