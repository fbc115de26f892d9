"""From a turn of the user to claims, by rules: no model is needed. English and Chinese."""

from __future__ import annotations

from memviz.core.text import has_cjk
from memviz.dialogue.chinese import chinese_sentence
from memviz.dialogue.claims import Claim, Evidence
from memviz.dialogue.english import english_sentence
from memviz.dialogue.statements import OWNER, Statement, sentences
from memviz.dialogue.turns import USER, SpokenTurn, local_date

#: Whom claims are about where no owner is named: in an English turn, in a Chinese one.
NOBODY = ("User", "用户")
_LONGEST_TURN = 20_000


def claims_of(turn: SpokenTurn, *, owner: str = "", turn_id: int = 0) -> tuple[Claim, ...]:
    """What a turn says about its speaker; nothing for a turn of the assistant, or one that is longer than a chapter.

    Questions, conditions, denials and what others said become no claims. A hedge ("maybe", 可能) halves the confidence.
    Dates like "tomorrow" are resolved against the turn's time; where that is not known such a sentence says nothing.

    Args:
        owner: whom the claims are about.
        turn_id: of the turn, for the evidence.
    """
    if turn.role != USER or len(turn.text) > _LONGEST_TURN:
        return ()
    said = local_date(turn.time)
    best: dict[tuple[str, str], Claim] = {}
    for sentence in sentences(turn.text):
        chinese = has_cjk(sentence)
        for found in (chinese_sentence if chinese else english_sentence)(sentence, said):
            claim = _claim(found, turn, owner or NOBODY[chinese], turn_id)
            known = best.get((claim.attribute, claim.value))
            if known is None or claim.confidence > known.confidence:
                best[claim.attribute, claim.value] = claim
    return tuple(best.values())


def _claim(found: Statement, turn: SpokenTurn, owner: str, turn_id: int) -> Claim:
    return Claim(
        owner=owner,
        attribute=found.attribute,
        label=found.label,
        value=found.value,
        text=found.says.replace(OWNER, owner),
        confidence=found.strength,
        evidence=(Evidence(turn_id, found.words),),
        kind=found.kind,
        time=turn.time,
        correction=found.correction,
    )
