"""What entries claim, found by the loaded model where neither key nor pattern tells it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from memviz.core.edits import Change, Update
from memviz.core.entry import Entry, Kind
from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.core.protocols import Conversing
from memviz.core.query import Query
from memviz.core.text import has_cjk, normalised
from memviz.recall.claims import CLAIM, claim_of
from memviz.session.run import RunState
from memviz.session.session import Session

#: Who edits, for the history.
INITIATOR = "claims by model"
#: The whole prompt goes through the question; a template must have a place for entries, and there are none.
_TEMPLATE = "{entries}{question}"
_MAX_TOKENS = 48
#: Longer texts tell more than one thing.
_LONGEST = 300

_ENGLISH = """\
Say what a sentence claims: subject | attribute | value

Sentence: Ann was born in Lyon.
Ann | birthplace | Lyon

Sentence: The old bridge over the Elbe is 200 metres long.
old bridge over the Elbe | length | 200 metres

Sentence: {text}
"""
_CHINESE = """\
说出一句话断言了什么：主体 | 属性 | 值

句子：小梅出生在厦门。
小梅 | 出生地 | 厦门

句子：这座老桥长两百米。
老桥 | 长度 | 两百米

句子：{text}
"""


@dataclass(frozen=True, slots=True)
class ClaimsFound:
    """What the model found.

    Attributes:
        asked: entries that it was asked about.
        found: entries whose claim was kept with them.
        change: of the memory; None where nothing was found.
    """

    asked: int
    found: int
    change: Change | None


def find_claims(session: Session, progress: Progress = no_progress, *, most: int = 1_000) -> ClaimsFound:
    """Asks the model about entries that claim nothing by key or pattern, and keeps with each what it claims.

    A claim is kept in the entry's metadata, as one change that undo takes back; one whose subject or value does not
    stand in the entry is refused, since models invent. Blocks; not on the session's own threads.

    Args:
        most: entries that are asked about at most, by id.

    Raises:
        KnownError: no model that converses, no memory that can be written.
        Cancelled: by ``progress``; nothing is kept then.
    """
    loaded: object = session.model
    if not isinstance(loaded, Conversing):
        raise KnownError("Claims are found by a causal language model; load one first.")
    snapshot = session.store_call(lambda store: store.snapshot()).result()
    try:
        unclear = list(islice((entry for entry in snapshot.scan() if _is_unclear(entry, snapshot.now)), most))
    finally:
        snapshot.close()
    claims: dict[int, tuple[Entry, dict[str, str]]] = {}
    for done, entry in enumerate(unclear):
        progress(done, len(unclear), "asking what entries claim")
        claim = read_claim(_answer(session, entry.text), entry.text)
        if claim is not None:
            claims[entry.id] = entry, claim
    progress(len(unclear), len(unclear), "asking what entries claim")
    if not claims:
        return ClaimsFound(len(unclear), 0, None)
    change = session.edit_from(lambda store: _edits(store, claims), INITIATOR).result()
    return ClaimsFound(len(unclear), len(change.updated), change)


def _edits(store: Store, claims: Mapping[int, tuple[Entry, dict[str, str]]]) -> list[Update]:
    """For the entries that are still as the model read them; a claim makes none of them newer."""
    edits = []
    for entry in store.get(list(claims)):
        read, claim = claims[entry.id]
        if (entry.key, entry.text) == (read.key, read.text):
            edits.append(Update(entry.id, keep_time=True, metadata={**entry.metadata, CLAIM: claim}))
    return edits


def read_claim(answer: str, text: str) -> dict[str, str] | None:
    """The claim in a model's answer about a text; None where it is not of the form, or not in the text."""
    line = next((line for line in answer.splitlines() if line.strip()), "")
    parts = [part.strip(" \t\"'“”`.。") for part in re.split(r"[|｜]", line)]
    if len(parts) != 3 or not all(parts):
        return None
    subject, attribute, value = parts
    said = normalised(text)
    if not all(normalised(part) and normalised(part) in said for part in (subject, value)):
        return None
    return {"subject": subject, "attribute": attribute, "value": value}


def _is_unclear(entry: Entry, now: float) -> bool:
    told = entry.recallable(now) and entry.kind is not Kind.DIALOGUE_TURN and entry.superseded_by is None
    return told and 0 < len(entry.text.strip()) <= _LONGEST and claim_of(entry) is None


def _answer(session: Session, text: str) -> str:
    prompt = (_CHINESE if has_cjk(text) else _ENGLISH).replace("{text}", " ".join(text.split()))
    query = Query(prompt, template=_TEMPLATE, use_memory=False, max_tokens=_MAX_TOKENS)
    run = session.ask(query).wait()
    return run.answer if run.state is RunState.FINISHED else ""
