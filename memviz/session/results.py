"""What a run found out, as rows for a table and as one object for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from memviz.core.entry import Entry
from memviz.core.trace import Trace
from memviz.session.attention import attention_shares, counted_outputs, entry_weights
from memviz.session.ledger import candidates_of, prompt_tokens


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
        cause: the same in one word; empty when injected.
        parts: named parts that add up to the score.
        found: rank in each ranking that found it: ``lexical``, ``dense``.
        conflicts: ids of entries that claim something else about the same.
        tokens: of the prompt that are the entry's; 0 where it is not in it, or slots are no tokens.
    """

    id: int
    key: str
    text: str
    rank: int
    score: float
    attention: float
    status: str
    reason: str
    cause: str = ""
    parts: dict[str, float] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    conflicts: tuple[int, ...] = ()
    tokens: int = 0


def entry_rows(trace: Trace, entries: Mapping[int, Entry]) -> list[EntryRow]:
    """All candidates of the run in rank order; an entry that did not fit into the context counts as cut."""
    shares, tokens = attention_shares(trace), prompt_tokens(trace.prompt)
    rows = []
    for candidate in candidates_of(trace):
        entry = entries.get(candidate.entry_id)
        rows.append(
            EntryRow(
                id=candidate.entry_id,
                key=entry.key if entry else "",
                text=entry.text if entry else "",
                rank=candidate.rank,
                score=float(candidate.score),
                attention=shares.get(candidate.entry_id, 0.0),
                status=candidate.status,
                reason=candidate.reason,
                cause=candidate.cause,
                parts={name: float(value) for name, value in candidate.parts.items()},
                found=dict(candidate.found),
                conflicts=candidate.conflicts,
                tokens=tokens.get(candidate.entry_id, 0),
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
    return [asdict(row) | {"conflicts": list(row.conflicts)} for row in rows]
