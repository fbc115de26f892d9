"""What a model of stories says about a story that it cannot read as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memviz.core.entry import Entry
from memviz.core.events import Event, NoticeEvent
from memviz.core.stories import story_words
from memviz.models.vocabulary import Vocabulary


def story_notices(
    question: str, entries: Sequence[Entry], vocabulary: Vocabulary, *, longest: int = 0
) -> Iterator[Event]:
    """No sentence before the question, words that are not known, or sentences of more than ``longest`` words (0: any)
    that are known."""
    if not entries:
        yield NoticeEvent("No sentence was told yet, so the model answers without memory.", "warning")
    said = [story_words(text) for text in (question, *(entry.text for entry in entries))]
    unknown = vocabulary.unknown([word for words in said for word in words])
    if unknown:
        shown = ", ".join(f"“{word}”" for word in unknown[:8]) + (" …" if len(unknown) > 8 else "")
        yield NoticeEvent(f"The model was not trained on {shown}; it reads the rest.", "warning")
    cut = [words for words in said if longest and len(vocabulary.ids(words)) > longest]
    if cut:
        shown = "One sentence is" if len(cut) == 1 else f"{len(cut)} sentences are"
        yield NoticeEvent(
            f"{shown} longer than the {longest} words that the model was trained on; the end is not read.", "warning"
        )
