"""Finding claims in a turn: by rules, or by the model that the session has."""

from __future__ import annotations

from dataclasses import dataclass

from memviz.core.errors import KnownError
from memviz.core.query import Query
from memviz.dialogue.claims import Claim
from memviz.dialogue.consolidation import claims_of
from memviz.dialogue.llm import MAX_TOKENS, TEMPLATE, claims_in, prompt_for
from memviz.session.chat_state import ChatTurn
from memviz.session.run import RunState
from memviz.session.session import Session

BY_RULES = "rules"


@dataclass(frozen=True, slots=True)
class FoundClaims:
    """What was found, by whom, and a sentence about what could not be used."""

    claims: tuple[Claim, ...]
    found_by: str = BY_RULES
    notice: str = ""


def by_rules(said: ChatTurn) -> FoundClaims:
    return FoundClaims(claims_of(said.turn, owner=said.owner, turn_id=said.entry_id))


def by_model(session: Session, said: ChatTurn) -> FoundClaims:
    """Asks the model, beside the conversation and without memory. Blocks until it has answered."""
    question = Query(prompt_for(said.turn), template=TEMPLATE, use_memory=False, max_tokens=MAX_TOKENS)
    name = session.model_name
    try:
        run = session.ask(question).wait()
    except KnownError as error:
        return FoundClaims((), name, f"The model found no claims: {error}")
    if run.state is not RunState.FINISHED:
        return FoundClaims((), name, "The search for claims was cancelled; nothing was found.")
    read = claims_in(run.answer, said.turn, owner=said.owner, turn_id=said.entry_id)
    if not read.refused:
        return FoundClaims(read.claims, name)
    lines = "1 line" if len(read.refused) == 1 else f"{len(read.refused)} lines"
    notice = f"Of the model’s answer {lines} could not be used (the first: {read.refused[0].why})."
    return FoundClaims(read.claims, name, notice)
