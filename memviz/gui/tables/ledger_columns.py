"""Which columns the ledger of a run has: what its recall and its prompt tell decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memviz.core.events import Candidate, RecallEvent
from memviz.gui.tables.columns import Column
from memviz.session.ledger import PASSED, passed

#: Two columns share the width that is left; all others are as wide as what they say.
ENTRY, REASON = "entry", "reason"
#: A column of a part of the score is named so.
PART = "part:"
#: A column of a detail, what parts come from, is named so.
DETAIL = "detail:"
#: Columns that follow the answer.
LIVE = ("attention", "remark")

_FILTER_TIP = "Whether owner, kind, conflicts and decay let it pass, or which of them cut it"
_DETAIL_TIPS = {
    "bm25": "BM25 of the entry’s words, before ranks were fused",
    "subject": "What the subject of the entry adds to BM25, before ranks were fused",
    "phrase": "What words in the same order add to BM25, before ranks were fused",
    "cosine": "Cosine of the vectors of question and entry",
    "confidence": "Confidence of the entry, 0 to 1",
    "use": "1 − 1 / (1 + how often it was used)",
}


def ledger_columns(
    recall: RecallEvent, candidates: Sequence[Candidate], *, tokens: bool, remarks: bool = False
) -> list[Column]:
    """The columns in their order, ``shown`` as at first.

    ``tokens``: the prompt's slots are tokens; ``remarks``: there is something to remark.
    """
    fades = recall.settings is not None and bool(recall.settings.decay)
    parts, details = _names(one.parts for one in candidates), _names(one.details for one in candidates)
    found = _names(one.found for one in candidates)
    fused = "dense" in found
    conflicts = any(one.conflicts for one in candidates)
    filtered = any(passed(one) != PASSED for one in candidates)
    columns = [
        Column("rank", "rank", "Place among the candidates, 1 is best", 4, numeric=True),
        Column("id", "id", "The entry’s number", 6, numeric=True, shown=False),
        Column(ENTRY, "entry", "Key of the entry, or its text", 22),
    ]
    if found:
        columns += [
            Column("words", "words", "Rank by words; empty: not found by them", 5, numeric=True),
            Column("vectors", "vectors", "Rank by vectors; empty: not found by them", 6, numeric=True, shown=fused),
            Column("filter", "filters", _FILTER_TIP, 10, shown=filtered),
        ]
    columns.append(Column("score", "score", f"The sum of its parts. {recall.metric}", 18, numeric=True))
    columns.append(Column("status", "status", "Injected into the prompt, or what cut it", 15))
    columns += [
        Column("attention", "attention", "Share of attention over the answer, without the sink", 13, numeric=True),
        Column("remark", "remark", "Where recall and model disagree about the entry", 21, shown=remarks),
    ]
    columns += [
        Column(PART + name, name, f"Part of the score: {name}", max(6, len(name)), numeric=True, shown=len(parts) > 1)
        for name in parts
    ]
    if tokens:
        columns.append(Column("tokens", "tokens", "Tokens of the prompt that are the entry’s", 6, numeric=True))
    columns.append(Column("conflicts", "≠", "Entries that claim something else about the same", 4, shown=conflicts))
    if "retention" in details:
        columns.append(Column("retention", "left", "What decay has left of it, 0 to 1", 5, numeric=True, shown=fades))
    if "age" in details:
        columns.append(Column("age", "age", "Days since it was last edited", 6, numeric=True, shown=fades))
    columns += [
        Column(DETAIL + name, name, _DETAIL_TIPS.get(name, name), max(6, len(name)), numeric=True, shown=False)
        for name in details
        if name not in ("retention", "age") and name not in parts
    ]
    columns.append(Column(REASON, "reason", "Why it was cut, with the figures", 22))
    return columns


def _names(mappings: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))
