"""A model that never stops on its own, for tests that interrupt it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from memviz.core.entry import Entry
from memviz.core.events import Event, OutputEvent, ReadEvent, RecallEvent
from memviz.core.query import Query
from tests.session.scripted import ScriptedModel, prompt_of, step_weights


class EndlessModel(ScriptedModel):
    def _events(self, query: Query, entries: Sequence[Entry]) -> Iterator[Event]:
        print("running", flush=True)
        yield prompt_of(query, entries)
        step = 0
        while True:
            yield ReadEvent(step, step_weights(len(entries)))
            yield OutputEvent(step, "x", 0, -1.0)
            step += 1

    def run(self, query: Query, entries: Sequence[Entry], recall: RecallEvent | None) -> Iterator[Event]:
        return self._events(query, entries)


def load(name: str, **options: Any) -> EndlessModel:
    return EndlessModel()
