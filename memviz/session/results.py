"""What a run found out, as rows for a table and as one object for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from memviz.core.entry import Entry
from memviz.core.trace import Trace
from memviz.session.attention import attention_shares, counted_outputs, entry_weights


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry that recall looked at, as it was when the run read it.

    Attributes:
        id, key, text: of the entry.
        rank: 1 is best.
        score: higher is better.
        attention: share of the answer tokens' attention mass on it, 0..1 (see ``attention_shares``).
        status: ``injected`` (in the prompt) or ``cut``.
        reason: why it was cut; empty when injected.
    """

    id: int
    key: str
    text: str
    rank: int
    score: float
    attention: float
    status: str
    reason: str


def entry_rows(trace: Trace, entries: Mapping[int, Entry]) -> list[EntryRow]:
    """All candidates of the run in rank order; an entry that did not fit into the context counts as cut."""
    if trace.recall is None:
        return []
    shares = attention_shares(trace)
    too_long = {cut.entry_id: cut.reason for cut in trace.prompt.cut} if trace.prompt else {}
    rows = []
    for candidate in trace.recall.candidates:
        entry = entries.get(candidate.entry_id)
        rows.append(
            EntryRow(
                id=candidate.entry_id,
                key=entry.key if entry else "",
                text=entry.text if entry else "",
                rank=candidate.rank,
                score=float(candidate.score),
                attention=shares.get(candidate.entry_id, 0.0),
                status="cut" if candidate.entry_id in too_long else candidate.status,
                reason=too_long.get(candidate.entry_id, candidate.reason),
            )
        )
    return rows


def step_rows(trace: Trace) -> list[dict[str, Any]]:
    """One object per answer token: ``token``, ``logprob`` and ``read_weights`` {entry id: weight}."""
    sources = trace.prompt.sources if trace.prompt else ()
    rows = []
    for output in counted_outputs(trace):
        read = trace.read(output.step)
        weights = entry_weights(read, sources) if read is not None else {}
        rows.append(
            {
                "token": output.text,
                "logprob": float(output.logprob),
                "read_weights": {str(entry_id): weight for entry_id, weight in weights.items()},
            }
        )
    return rows


def rows_as_dicts(rows: list[EntryRow]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]
