"""Whether a memory is as the receipt of a forgetting says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memviz.core.errors import KnownError
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.session.forgetting import forgetting_of, left_of
from memviz.session.receipts import FINISHED, hashed, read_receipt, seal_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, a sentence each.

    Attributes:
        problems: what contradicts the receipt; none: it holds.
        remarks: what differs because the memory was edited since, and what else is to be known.
    """

    problems: tuple[str, ...]
    remarks: tuple[str, ...]


def finished_receipt(path: Path) -> dict[str, Any]:
    """
    Raises:
        KnownError: no receipt, or one of a forgetting that came to no end.
    """
    values = read_receipt(path)
    if values.get("state") != FINISHED:
        raise KnownError(
            f"The forgetting of “{path}” was interrupted; finish it with “memviz forget --finish --receipt {path}”."
        )
    return values


def verify(store: Store, values: Mapping[str, Any], progress: Progress = no_progress) -> Verdict:
    """Compares a memory with a receipt. Store thread; blocks.

    Raises:
        KnownError: the memory cannot forget, or its history is damaged.
        Cancelled: from ``progress``.
    """
    if values.get("seal") != seal_of(values):
        return Verdict(("The receipt was altered: its seal does not fit what it says.",), ())
    way = forgetting_of(store)
    version = int(values["version"])
    problems, remarks = [], []
    kept_seal = way.seal(version)
    if kept_seal is None:
        problems.append("This memory knows nothing of such a forgetting: it is another one, or an older copy.")
    elif kept_seal != values["seal"]:  # nothing that it says can be relied on
        return Verdict(("The memory was given another receipt for this forgetting.",), ())
    ids = [entry_id for first, last in values["ids"] for entry_id in range(first, last + 1)]
    problems += way.remains(ids)
    progress(0, 0, "comparing all texts")
    changed = _changed_since(store, version)
    for entry_id in sorted(_with_forgotten_text(store, values)):
        if entry_id in changed:
            remarks.append(f"Entry {entry_id} says a forgotten text; it was changed since.")
        else:
            problems.append(f"Entry {entry_id} says a forgotten text.")
    problems += [
        f"A forgotten text was found in {', '.join(each['files'])}." for each in values["checked"].get("found", ())
    ]
    left = left_of(store, progress)
    edited = left != values["left"] or store.version != version
    (remarks if edited else problems).extend(way.untidy())
    if edited:
        remarks.append(
            f"The memory was used or edited since: version {version} then, {store.version} now;"
            f" {values['left']['entries']:,} entries then, {left['entries']:,} now."
        )
    else:
        remarks.append("All that was left is as it was.")
    return Verdict(tuple(problems), tuple(remarks))


def _changed_since(store: Store, version: int) -> frozenset[int]:
    if version >= store.version:
        return frozenset()
    with closing(store.snapshot(version)) as then:
        return then.differing()


def _with_forgotten_text(store: Store, values: Mapping[str, Any]) -> set[int]:
    """Entries that say, or said, what has the hash of a forgotten text, but for those that the receipt names."""
    hashes = set(values["forgotten texts hashed"])
    if not hashes:
        return set()
    salt = values["salt"]
    named = {
        (each["text hashed"], entry_id)
        for each in values["checked"].get("said by what was kept", ())
        for entry_id in (*each["entries"], *each["history of entries"])
    }
    more = {
        each["text hashed"] for each in values["checked"].get("said by what was kept", ()) if len(each["entries"]) > 99
    }
    found: set[int] = set()

    def look(entry_id: int, text: str) -> None:
        # Texts that were too short to be searched for say nothing: others have them too.
        if len(text.encode("utf-8", "surrogatepass")) < 6:
            return
        said = hashed(text, salt)
        if said in hashes and said not in more and (said, entry_id) not in named:
            found.add(entry_id)

    forgetting_of(store).each_text(look)
    return found
