"""What a cell of the table says."""

from __future__ import annotations

import time
from typing import Any

from memviz.core.entry import Entry
from memviz.gui.tables.ages import age, date_time, precise_date_time
from memviz.gui.tables.plain import one_line, tooltip
from memviz.gui.tables.row_cache import Row
from memviz.gui.tables.run_figures import RunFigures
from memviz.session.filter_times import time_span

WAITING = "…"


def share(value: float | None) -> str:
    """A share of attention in percent, with as many digits as mean something."""
    if value is None:
        return ""
    percent = value * 100
    return f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"


def stored_text(row: Row, name: str) -> str:
    """What the cell of a stored field shows."""
    entry = row.entry
    match name:
        case "enabled":
            return ""
        case "created" | "last_used":
            return age(getattr(entry, name))
        case "expires":
            return expiry(entry.expires)
        case "private":
            return "private" if entry.private else ""
        case "embedded":
            return "yes" if row.embedded else ""
        case "used":
            return str(entry.used_count) if entry.used_count else ""
        case "updated":
            return age(entry.updated)
        case "confidence":
            return f"{entry.confidence:.2f}"
        case "tags":
            return one_line(", ".join(entry.tags))
        case "kind":
            return entry.kind.value
    return one_line(str(getattr(entry, name)))


def edited_text(entry: Entry, name: str) -> str:
    """What an editor of the cell starts with."""
    match name:
        case "confidence":
            return f"{entry.confidence:g}"
        case "tags":
            return ", ".join(entry.tags)
        case "kind":
            return entry.kind.value
        case "expires":
            return precise_date_time(entry.expires)
        case "private":
            return "yes" if entry.private else "no"
    return str(getattr(entry, name))


def expiry(seconds: float | None, now: float | None = None) -> str:
    """``in 3 d``, ``expired``; empty for never."""
    if seconds is None:
        return ""
    now = time.time() if now is None else now
    if seconds <= now:
        return "expired"
    return f"in {age(now, now=seconds) if seconds - now >= 60 else '1 min'}"


def is_expired(entry: Entry, now: float | None = None) -> bool:
    """Its expiry has passed: no recall sees it."""
    return entry.expires is not None and entry.expires <= (time.time() if now is None else now)


def stored_tip(row: Row, name: str) -> str:
    """The whole of a cell, or what its figure means."""
    entry = row.entry
    match name:
        case "expires":
            when = date_time(entry.expires)
            if is_expired(entry):
                return f"Expired {when}: it stays in the memory and is not recalled"
            return f"expires {when}" if when else "Never expires"
        case "created":
            return f"created {date_time(entry.created)}"
        case "last_used":
            return f"last used {date_time(entry.last_used)}" if entry.last_used else "not used yet"
        case "private":
            return "Masked in screenshots and exports" if entry.private else "Not private"
        case "embedded":
            return "Has a vector" if row.embedded else "Has no vector; Memory > Vectors makes them"
        case "source" if row.link:
            return f"{tooltip(entry.source, row.lengths.get(name))}\nCtrl+click opens {tooltip(row.link)}"
        case "enabled":
            return "Recalled when it fits" if entry.enabled else "Disabled: stays in the memory and is not recalled"
        case "updated":
            return f"created {date_time(entry.created)}\nedited {date_time(entry.updated)}"
        case "used":
            return f"last used {date_time(entry.last_used)}" if entry.last_used else "not used yet"
        case "confidence" | "id" | "kind":
            return ""
        case "tags":
            return tooltip(", ".join(entry.tags), row.lengths.get(name))
    return tooltip(getattr(entry, name), row.lengths.get(name))


def run_text(figures: RunFigures, name: str, entry_id: int, step: int) -> str:
    """What the cell of a figure of the current run shows; empty for an entry that recall did not look at."""
    candidate = figures.candidates.get(entry_id)
    match name:
        case "rank":
            return str(candidate.rank) if candidate else ""
        case "score":
            return f"{candidate.score:.2f}" if candidate else ""
        case "status":
            return candidate.status if candidate else ""
    return share(figures.value(name, entry_id, step))


def run_tip(figures: RunFigures, name: str, entry_id: int, step: int) -> str:
    """Parts of the score, the reason of a cut, the exact share."""
    candidate = figures.candidates.get(entry_id)
    if candidate is None:
        return ""
    match name:
        case "score":
            parts = " + ".join(f"{part} {value:.3f}" for part, value in candidate.parts.items())
            return tooltip(f"{candidate.score:.3f} = {parts}" if parts else f"{candidate.score:.3f}")
        case "rank" | "status":
            return tooltip(candidate.reason or ("in the prompt" if candidate.status == "injected" else ""))
    value = figures.value(name, entry_id, step)
    when = "over the whole answer" if name == "attention" else f"at step {step + 1}"
    return "" if value is None else f"{value:.4f} of the attention {when}"


def parsed(name: str, text: str) -> Any:
    """What was typed into a cell, as the field's value; the edit itself says what is wrong with it."""
    if name == "tags":
        return [tag for tag in text.replace("，", ",").split(",") if tag.strip()]
    if name == "private":
        known = {"yes": True, "no": False, "true": True, "false": False, "是": True, "否": False}
        return known.get(text.strip().lower(), text)
    if name == "expires":
        if not text.strip():
            return None
        moment = time_span(text.strip(), time.time(), ahead=True)
        return moment[0]
    if name == "confidence":
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return text
    return text
