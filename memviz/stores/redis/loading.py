"""Loading many rows, all or none: their ids are taken, their hashes laid down, and one event makes them seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from memviz.core.edits import Change
from memviz.core.errors import Cancelled
from memviz.core.progress import Progress
from memviz.stores.redis.catch_up import replay_load
from memviz.stores.redis.committing import Unconfirmed, ids_taken, loaded
from memviz.stores.redis.errors import Unreachable
from memviz.stores.redis.events import Event
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.spool import Spool
from memviz.stores.redis.writing import Writer


def load_rows(
    writer: Writer,
    rows: Iterable[Mapping[str, Any]],
    total: int,
    *,
    clock: Callable[[], float],
    initiator: str,
    progress: Progress,
) -> Change:
    """Loads them as one mark of the history. ``rows`` and ``total``: see ``Store.load``.

    Raises:
        KnownError: a row that cannot be an entry, or a server that does not take them; nothing was loaded, unless the
            sentence says that it may have been.
        Cancelled: by ``progress``; nothing was loaded.
    """
    with Spool() as spool:
        spool.fill(rows, total, clock(), progress)
        taken = writer.commit(lambda mirror: ids_taken(mirror, spool.count, clock()))
        assert taken is not None
        stage = writer.stage(taken)

        def replay(mirror: Mirror, event: Event) -> None:
            first, last = stage.first, stage.last
            replay_load(mirror, event, lambda begin, end: spool.told(first, begin, end, last, progress), own=True)

        try:
            stage.fill(spool, progress)
            event = writer.commit(lambda mirror: loaded(mirror, stage, clock(), initiator), replay)
        except Unreachable as error:
            if not error.sent:
                stage.clear()
            raise
        except Unconfirmed:
            raise
        except BaseException:
            stage.clear()
            raise
    assert event is not None
    with suppress(Cancelled):
        progress(spool.count, spool.count, "loading entries")
    return Change(event.version, "load", initiator=initiator)
