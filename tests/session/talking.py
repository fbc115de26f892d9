"""A scripted model that converses, and what tests do with it."""

from __future__ import annotations

import threading

from memviz.core.events import FinishEvent, OutputEvent, ReadEvent
from memviz.session.chat import Conversation
from memviz.session.session import Session
from tests.session.scripted import ScriptedModel, prompt_of, step_weights


class TalkingModel(ScriptedModel):
    """Counts a token a word, and may be given what to say."""

    def __init__(self, answer: str = "Good to know.") -> None:
        super().__init__()
        self.answer = answer
        self.hold: threading.Event | None = None

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def _events(self, query, entries):
        yield prompt_of(query, entries)
        if self.hold is not None:
            assert self.hold.wait(20)
        if self.answer:
            yield ReadEvent(0, step_weights(len(entries)))
            yield OutputEvent(0, self.answer, token_id=0, logprob=-0.5)
        yield FinishEvent("end", self.answer, {})

    @property
    def queries(self):
        return [query for query, _ in self.asked]


def use(session: Session, model: TalkingModel) -> TalkingModel:
    session.use_model(model).result()
    return model


def answer_to(talk: Conversation, text: str) -> str:
    run = talk.say(text)
    assert run is not None
    run.wait(20)
    state = talk.wait(20)
    return state.turns[-1].turn.text
