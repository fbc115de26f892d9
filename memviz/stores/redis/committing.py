"""One event onto the server: the only way in which a memory changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memviz.core.edits import Edit, EntryDiff
from memviz.core.errors import MaybeDone
from memviz.stores.redis import scripts
from memviz.stores.redis.errors import ServerError, Unreachable, deleted
from memviz.stores.redis.events import VERSIONED, Event, body_of
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.materialise import Materialiser
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.staging import Stage, taken_for_dead

#: How long a replica may take to say that it has an edit, in milliseconds.
REPLICA_MS = 1_500


class Unconfirmed(ServerError, MaybeDone):  # noqa: N818 - it is not known whether it is an error
    """The edit is on its primary, but no replica has said that it has it too."""


class InDoubt(Unreachable, MaybeDone):
    """The connection was lost while an edit was under way."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What goes onto the server together.

    Attributes:
        event: with the number that it gets if nothing came in between.
        pages: pages of ids and their bitmaps, in turn.
        settings: name -> JSON, None where it goes.
        finished: no hash of an entry is still to be written for it.
        staged: the load whose hashes must still be there.
    """

    event: Event
    pages: Sequence[bytes | int] = ()
    settings: Mapping[str, str | None] | None = None
    finished: bool = False
    staged: str = ""


def commit(link: Link, keys: Keys, uid: str, what: Commit, hashes: Materialiser) -> bool:
    """Adds the event; False where another one came in between. Acknowledged by a replica where there is one.

    The hashes that earlier events owe go with it.

    Raises:
        Unconfirmed: it is there, but may be lost with its primary.
        Unreachable: the server does not answer; ``sent`` where it may have got it.
        ServerError: it refuses, or something else has the key of a new entry; nothing was changed.
    """
    event = what.event
    head: list[Any] = ["count", event.count, "last_id", event.last_id]
    if event.kind in VERSIONED:
        head += ["version", event.version]
    settings = [part for name, value in (what.settings or {}).items() for part in (name, value or "")]
    command = scripts.commit(
        keys,
        uid=uid,
        before=event.seq - 1,
        token=event.token,
        finished=what.finished,
        event=event.fields(),
        head=head,
        pages=list(what.pages),
        settings=settings,
        staged=what.staged,
    )
    wanted = min(1, link.replicas(keys.head))
    waiting = [(keys.head, ("WAIT", wanted, REPLICA_MS))] if wanted else []
    if added := event.inserted:  # their hashes are written later, when it would be too late to refuse
        link.batch([(keys.entry(i), scripts.free(keys, i)) for i in added])
    due = hashes.due()
    replies = link.batch([*due, (keys.head, command), *waiting], together=True, spare=len(due))
    hashes.paid(replies[: len(due)])
    replies = replies[len(due) :]
    word: str = replies[0][0].decode()
    if word == "gone":
        raise deleted(keys.name, uid, link.address.server, anew=replies[0][1] == b"anew")
    if word == "swept":
        raise taken_for_dead()
    if word == "done" and wanted and replies[1] < wanted:
        _without_replica(link, keys)
    return word == "done"


def _without_replica(link: Link, keys: Keys) -> None:
    """No replica answered: fine where the cluster knows that there is none any more."""
    link.look_around()
    if link.replicas(keys.head) > 0:
        raise Unconfirmed(
            f"The edit is saved on {link.address.server}, but no replica has confirmed it within"
            f" {REPLICA_MS / 1000:g} s: it is lost if that server fails now; check the replicas, and whether"
            " the edit is still there."
        )


def edited(
    mirror: Mirror, edits: Sequence[Edit], now: float, initiator: str, decided_at: int | None = None
) -> Commit | None:
    """What the user does; None where it changes nothing. ``decided_at``: see ``Store.apply``."""
    basis, diffs = mirror.planned(edits, now, decided_at)
    if not diffs:
        return None
    event = basis.event(
        "edit",
        now,
        body_of(diffs),
        version=basis.version + 1,
        count=basis.count + _added(diffs),
        last_id=max(basis.last_id, *(diff.entry_id for diff in diffs)),
        initiator=initiator,
    )
    return Commit(event, mirror.planned_pages(diffs))


def stepped(mirror: Mirror, kind: str, now: float, initiator: str, *, if_told: bool = False) -> Commit | None:
    """An ``undo`` or a ``redo``; None where there is nothing to be done. ``if_told``: see ``Store.undo``."""
    basis, target, diffs = mirror.planned_step(kind, if_told=if_told)
    if target is None:
        return None
    event = basis.event(
        kind,
        now,
        body_of(diffs),
        version=basis.version + 1,
        count=basis.count + _added(diffs),
        initiator=initiator,
        target=target,
    )
    return Commit(event, mirror.planned_pages(diffs))


def _added(diffs: Sequence[EntryDiff]) -> int:
    return sum((diff.before is None) - (diff.after is None) for diff in diffs)


def used(mirror: Mirror, ids: Sequence[int], now: float) -> Commit | None:
    """One more use of each of these entries; None where there is none of them."""
    basis, uses = mirror.planned_use(ids, now)
    return Commit(basis.event("used", now, uses)) if uses else None


def ids_taken(mirror: Mirror, count: int, now: float) -> Commit:
    """The ids of a load that begins."""
    basis = mirror.basis()
    first, last = basis.last_id + 1, basis.last_id + count
    return Commit(basis.event("ids", now, [first, last], last_id=last), finished=True)


def loaded(mirror: Mirror, stage: Stage, now: float, initiator: str) -> Commit:
    """A load whose hashes are there."""
    basis, count = mirror.basis(), stage.last - stage.first + 1
    event = basis.event(
        "load",
        now,
        [stage.first, stage.last, count],
        version=basis.version + 1,
        count=basis.count + count,
        initiator=initiator,
    )
    return Commit(event, mirror.pages_with(stage.first, stage.last), finished=True, staged=stage.token)


def in_doubt(error: Unreachable, link: Link) -> Unreachable:
    """The words for an edit that may have got through before the connection was lost."""
    if not error.sent:
        return error
    return InDoubt(
        f"The connection to the server {link.address.server} was lost while an edit was being saved; when it is back,"
        " look whether the edit is there, and make it again if not.",
        sent=True,
    )
