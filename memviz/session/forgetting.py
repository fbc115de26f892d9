"""Takes entries out of every place of a memory, proves it, and writes a receipt.

The receipt is written first, unfinished; then the rows go in one transaction, and the memory knows from then on that a
forgetting is unfinished, until its files are clean and searched. So whatever stops it, either nothing is gone, or the
rest is done by :func:`finish`.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import memviz
from memviz.core.edits import Change
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.core.forgetting import CanForget, Forgetting, Found, Searched, Wish, ranges
from memviz.core.memory import Store
from memviz.core.progress import Progress, no_progress
from memviz.session.addresses import without_password
from memviz.session.entries_digest import EntriesDigest
from memviz.session.memory_vectors import index_folders
from memviz.session.receipts import (
    FINISHED,
    FORMAT,
    KIND,
    UNFINISHED,
    check_free_for,
    hashed,
    is_of,
    read_receipt,
    write_receipt,
)

#: Said before anything is done.
CANNOT_BE_UNDONE = "This cannot be undone."


def forgetting_of(store: Store) -> Forgetting:
    """How this store forgets.

    Raises:
        KnownError: it cannot.
    """
    if not isinstance(store, CanForget):
        raise KnownError(
            f"“{without_password(store.url)}” is on a server, which keeps every edit in a stream that others follow, so"
            " nothing can be proved to be gone there; copy it into a file with “memviz entries copy”, forget in the"
            " copy, copy that into a new memory on the server, and delete the old one there."
        )
    return store.forgetting


def find(store: Store, wish: Wish, progress: Progress = no_progress) -> Found:
    """What is meant; nothing is changed. Errors as :meth:`memviz.core.forgetting.Forgetting.find`."""
    return forgetting_of(store).find(wish, progress)


def samples(store: Store, found: Found, limit: int = 5) -> list[Entry]:
    """Some of the entries, as they are, or as they were last."""
    shown = store.get(found.there[:limit])
    there = set(found.there)
    for entry_id in found.ids:
        if len(shown) >= limit:
            break
        if entry_id not in there:
            sides = [side for row in store.history(entry_id, limit=1) for side in (row.diff.after, row.diff.before)]
            shown += [side for side in sides if side is not None][:1]
    return shown


def forget(
    store: Store,
    wish: Wish,
    found: Found,
    receipt: Path,
    *,
    initiator: str,
    told: Callable[[Change], object],
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Forgets what was found for a wish; returns the receipt, which is written to a file. Store thread; blocks.

    Args:
        told: what the listeners are told, once the entries are gone.
        progress: may raise ``Cancelled`` until they are.

    Raises:
        KnownError: before anything is changed; or afterwards, where the rest is to be done by :func:`finish`.
        Cancelled: nothing was changed.
    """
    way = forgetting_of(store)
    check_free_for(receipt, store.url)
    way.check_free()
    values = _draft(store, wish, found)
    write_receipt(receipt, values)
    try:
        folders = _remove_indexes(store)  # first, since programs that hear of the change make theirs anew
        removed = way.remove(found, initiator, progress)
    except BaseException:
        if way.unfinished() is None:
            receipt.unlink(missing_ok=True)
        raise
    told(removed.change)
    values["removed"] = {
        "entries": len(found.there),
        "entries that were in the history only": len(found.ids) - len(found.there),
        "parts of the history": removed.parts,
        "full-text index": len(found.there),
        "vectors": removed.vectors,
        "settings": list(removed.settings),
        "folders of vector indexes": folders,
    }
    try:
        return _completed(store, values, found, receipt, _unstoppable(progress))
    except KnownError as error:
        raise KnownError(
            f"The entries are gone, but what is left of them in the files is not yet: {error} Then run the same command"
            " again, or “memviz forget --finish”."
        ) from None


def finish(store: Store, receipt: Path | None, progress: Progress = no_progress) -> dict[str, Any] | None:
    """Does the rest of a forgetting that was interrupted; returns its receipt, or None where there is nothing to do.

    Texts that were forgotten are known no more, so bytes are not searched for them; the file is written anew.

    Args:
        receipt: the unfinished one, or a file for a new one; None: none is written.

    Raises:
        KnownError: the memory is being read, or cannot be written.
    """
    way = forgetting_of(store)
    version = way.unfinished()
    if version is None:
        return None
    way.check_free()
    values = _draft_of_interrupted(store, way.forgotten_by(version), version)
    if receipt is not None and is_of(receipt, store.url, version):
        values = read_receipt(receipt)
        if values["state"] == FINISHED:  # all was done, and only the memory did not know it yet
            way.finish(version, values["seal"])
            return values
        values["interrupted"] = True
    elif receipt is not None:
        check_free_for(receipt, store.url)
    values["removed"] = {**values.get("removed", {}), "folders of vector indexes": _remove_indexes(store)}
    return _completed(store, values, None, receipt, progress)


def _draft(store: Store, wish: Wish, found: Found) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    asked: dict[str, Any] = {"by": "ids"}
    if wish.owner:
        asked = {"by": "owner", "owner": wish.owner}
    elif wish.search:
        asked = {"by": "search", "words hashed": hashed(wish.search, salt)}
    return {
        **_about(store, found.ids, found.version + 1),
        "asked": asked,
        "salt": salt,
        "forgotten texts hashed": sorted(hashed(text, salt) for text in found.texts),
    }


def _draft_of_interrupted(store: Store, ids: Sequence[int], version: int) -> dict[str, Any]:
    return {
        **_about(store, ids, version),
        "asked": {"by": "a forgetting whose receipt is lost"},
        "salt": "",
        "forgotten texts hashed": [],
        "interrupted": True,
    }


def _about(store: Store, ids: Sequence[int], version: int) -> dict[str, Any]:
    return {
        "kind": KIND,
        "format": FORMAT,
        "state": UNFINISHED,
        "memviz": memviz.__version__,
        "memory": store.url,
        "begun": _now(),
        "version": version,
        "ids": [list(pair) for pair in ranges(ids)],
    }


def _completed(
    store: Store, values: dict[str, Any], found: Found | None, receipt: Path | None, progress: Progress
) -> dict[str, Any]:
    way = forgetting_of(store)
    backups = way.clean(progress)
    searched = way.search((*found.texts, *found.fields) if found is not None else (), progress)
    values = {
        **values,
        "state": FINISHED,
        "removed": {
            **values.get("removed", {}),
            "backups": list(backups),
            "write-ahead log": "emptied",
            "free pages": "none, the file was written anew",
        },
        "checked": {
            **_checked(values, found, searched, way.remains(_ids(values))),
            "written meanwhile by others": list(way.untidy()),  # all of it was searched too
        },
        "left": left_of(store, progress),
        "finished": _now(),
    }
    values["seal"] = write_receipt(receipt, values) if receipt is not None else ""
    way.finish(int(values["version"]), values["seal"])
    return values


def _checked(
    values: Mapping[str, Any], found: Found | None, searched: Searched, remains: Sequence[str]
) -> dict[str, Any]:
    if found is None:
        return {
            "files": dict(searched.files),
            "remains": list(remains),
            "texts": "not searched for: they were gone when this was finished",
        }
    said = [hashed(text, values["salt"]) for text in (*found.texts, *found.fields)]
    texts = len(found.texts)
    # A tag, a source or an owner of kept entries is nothing that was to be forgotten.
    told = {at: held for at, held in searched.held.items() if at < texts or not (held.entries or held.history)}
    return {
        "files": dict(searched.files),
        "remains": list(remains),
        "texts": texts,
        "owners, sources, tags and metadata": len(found.fields),
        "texts too short to be searched for": sum(at < texts for at in searched.short),
        "found": [{"text hashed": said[at], "files": list(names)} for at, names in searched.found.items()],
        "said by what was kept": [
            {
                "text hashed": said[at],
                "entries": list(held.entries),
                "history of entries": list(held.history),
                "settings": list(held.settings),
                "names": list(held.names),
            }
            for at, held in told.items()
        ],
    }


def left_of(store: Store, progress: Progress = no_progress) -> dict[str, Any]:
    """What tells the memory as it is from another one: count and hash of all entries, and how many vectors."""
    digest = EntriesDigest()
    with closing(store.snapshot()) as view:
        progress(0, view.count, "hashing what is left")
        batch: list[Entry] = []
        for entry in view.scan():
            batch.append(entry)
            if len(batch) == 1_000:
                progress(digest.count, view.count, "hashing what is left")
                digest.add(batch)
                batch.clear()
        digest.add(batch)
    vectors = {space: count for space, (_, count) in store.vector_spaces().items()}
    return {"entries": digest.count, "hash": digest.hexdigest(), "vectors": vectors}


def _remove_indexes(store: Store) -> list[str]:
    """Folders beside the memory that hold vectors for searching; whoever searches makes them anew."""
    removed = []
    for space in store.vector_spaces():
        for folder in index_folders(store.url, space):
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                raise KnownError(f"“{folder}” cannot be removed; close other programs that have this memory open.")
            removed.append(folder.name)
    return removed


def _ids(values: Mapping[str, Any]) -> list[int]:
    return [entry_id for first, last in values["ids"] for entry_id in range(first, last + 1)]


def _unstoppable(progress: Progress) -> Progress:
    """What is gone is gone: from now on nobody can stop it."""

    def report(done: int, total: int, words: str) -> None:
        try:
            progress(done, total, words)
        except Cancelled:
            return

    return report


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
