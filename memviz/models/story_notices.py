"""What a model of stories says about a story that it cannot read as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memviz.core.entry import Entry
from memviz.core.events import Event, NoticeEvent
from memviz.core.stories import story_words
from memviz.models.vocabulary import Vocabulary


def story_notices(question: str, entries: Sequence[Entry], vocabulary: Vocabulary) -> Iterator[Event]:
    """No sentence before the question, or words that are not known."""
    if not entries:
        yield NoticeEvent("No sentence was told yet, so the model answers without memory.", "warning")
    said = [word for text in [question, *(entry.text for entry in entries)] for word in story_words(text)]
    unknown = vocabulary.unknown(said)
    if unknown:
        shown = ", ".join(f"“{word}”" for word in unknown[:8]) + (" …" if len(unknown) > 8 else "")
        yield NoticeEvent(f"The model was not trained on {shown}; it reads the rest.", "warning")
