"""Keeping a mirror up with its server: at the opening, and from then on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.progress import Progress
from memviz.stores.redis.catch_up import EVENTS, News, Rewritten, catch_up, read_news
from memviz.stores.redis.errors import Gone, Unreachable, deleted
from memviz.stores.redis.filler import Filler
from memviz.stores.redis.first_rows import FirstRows, first_rows
from memviz.stores.redis.hashes import MANY
from memviz.stores.redis.head import Head, read_head
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.lost import find_lost, words_of_lost
from memviz.stores.redis.materialise import Materialiser
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.shared_vectors import SharedVectors
from memviz.stores.sqlite_errors import DamagedFile

#: A filling that takes longer is told, in seconds.
LONG = 1.0


class Following:
    """The mirror of a memory, and how far it is. One thread.

    Attributes:
        uid: of the memory that is followed.
        mirror: holds a version of the memory where ``first`` is None.
        first: what is shown while the mirror is being filled in the background.
        hashes: writes entries' hashes.
        vectors: those on the server.
        while_filling: called while somebody waits for the mirror; what it raises ends the waiting.
        words_of_lost: entries that the server has lost; empty where it has all.
        gone: the memory was deleted from the server when it was last asked.
        trouble: why the server cannot be followed, though it answers; empty where it can.
    """

    def __init__(self, link: Link, keys: Keys, head: Head, folder: Path, url: str, clock: Callable[[], float]) -> None:
        self._link, self._keys, self.uid = link, keys, head.uid
        self._open: Callable[[], Mirror] = lambda: Mirror.at(folder, head.uid, url, clock)
        self._folder, self._repaired = folder, False
        self._take(self._open())
        self.first: FirstRows | None = None
        self.words_of_lost = ""
        self.trouble, self.gone = "", False
        self.while_filling: Progress | None = None
        self._filling_since = 0.0
        self._filler: Filler | None = None
        self._anew = False
        self._closed = False
        try:
            try:
                self._begin()
            except DamagedFile:
                self.repair()
        except BaseException:
            self.close()
            raise
        self._anew = False

    def _begin(self) -> None:
        link, keys = self._link, self._keys
        news = read_news(link, keys, self.uid, self.mirror.cursor.seq)
        self._follow(news)
        self.vectors.stamp = news.stamp
        if self.first is None and self.mirror.lost():  # they may be back
            find_lost(link, keys, self.mirror)
        self._see_lost()
        if self.first is None and not link.read_only and news.done < news.seq:
            self.hashes.roll_forward(news.done)
        self.mirror.told_upto(self.first.version if self.first is not None else self.mirror.version)

    def _take(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.vectors = SharedVectors(self._link, self._keys, mirror)
        self.hashes = Materialiser(self._link, self._keys, mirror, self.vectors)

    def repair(self) -> None:
        """Throws a mirror that was found damaged away and fills another one, maybe in the background.

        Hashes that were owed are written when they are found undone, as those of somebody who died.

        Raises:
            KnownError: the server does not answer, and the mirror stays; or it is damaged once more.
        """
        if self._repaired:
            raise KnownError(
                f"This computer’s copy of the memory is damaged again; check the disk of “{self._folder}”, then open"
                " the memory again."
            )
        news = read_news(self._link, self._keys, self.uid, 0)
        self._repaired = True
        if self._filler is not None:
            self._filler.stop()
            self._filler = None
        self.first = None
        self.mirror.close()
        self._take(self._open())
        self._follow(news)
        self._see_lost()
        self.vectors.stamp = news.stamp
        self._tell_all_anew()

    @property
    def progress(self) -> tuple[int, int] | None:
        """(rows in the mirror, all rows) while it is filled."""
        if self.first is None:
            return None
        return self._filler.progress if self._filler is not None else (0, len(self.first.ids))

    @property
    def words_of_filling(self) -> str:
        """How far the mirror is, where that takes long; empty otherwise."""
        progress = self.progress
        if progress is None or time.monotonic() - self._filling_since < LONG:
            return ""
        tenths = 10 * progress[0] // max(progress[1], 1)
        return (
            f"This computer’s copy of the memory is being made ({10 * tenths} % of {progress[1]:,} entries); rows can"
            " be looked at, and searches, questions and edits wait for it."
        )

    def look(self) -> bool:
        """Asks the server for what is new; True where there was anything. Silent where it does not answer."""
        try:
            try:
                if not self.mirror.is_damaged:
                    return self._look()
            except DamagedFile:
                pass
            self.repair()
            return True
        except Unreachable:
            return False
        except KnownError as error:
            self.trouble, self.gone = str(error), isinstance(error, Gone)
            if self.gone:
                self.hashes.forget()
            return False

    def _look(self) -> bool:
        if self.first is not None:
            if self._filler is None:
                read_news(self._link, self._keys, self.uid, 0, 1)  # does it answer again?
                self._filler = self._new_filler()
            if self._filler.running:
                return False
            self._settle(self._filler)
        cursor = self.mirror.cursor
        news = read_news(self._link, self._keys, self.uid, cursor.seq)
        self.trouble, self.gone = "", False
        if cursor.whole and not news.events and (news.seq, news.token) == (cursor.seq, cursor.token):
            if not self._link.read_only:
                self.hashes.watch(news.done)
            self.vectors.stamp = news.stamp
            return False
        self._follow(news)
        self._see_lost()
        self.vectors.stamp = news.stamp
        return True

    def changes(self) -> list[Change]:
        """What others did since the last call; [] as long as the mirror is being filled."""
        self.look()
        if self.first is not None:
            return []
        told = self.mirror.refresh()
        if self._anew:
            self._anew = False
            return [Change(self.mirror.version, "load")]
        return told

    def whole(self) -> None:
        """Waits until the mirror is whole.

        Raises:
            KnownError: it cannot be filled, since the server does not answer; the next call tries again.
            Exception: by ``while_filling``.
        """
        if self.first is None:
            return
        filler = self._filler = self._filler or self._new_filler()
        while not filler.failed:
            if self.while_filling is not None:
                self.while_filling(*filler.progress, "copying the memory to this computer")
            if filler.ended(0.1):
                break
        self._settle(filler)

    def _settle(self, filler: Filler) -> None:
        """The filler has ended."""
        self._filler = None
        filler.check()
        self.first = None
        self._see_lost()
        if filler.rewritten:
            self._tell_all_anew()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._link.down_since is None:
            self.hashes.flush()
        if self._filler is not None:
            self._filler.stop()
            self._filler = None
        self.mirror.close()

    def _see_lost(self) -> None:
        self.words_of_lost = words_of_lost(self.mirror.lost()) if self.first is None else ""

    def _follow(self, news: News) -> None:
        if self._is_much(news):
            self._fill()
            return
        try:
            catch_up(self._link, self._keys, self.mirror)
        except Rewritten:
            self.mirror.empty()
            self._tell_all_anew()
            self._follow(read_news(self._link, self._keys, self.uid, 0))

    def _is_much(self, news: News) -> bool:
        cursor = self.mirror.cursor
        rows = sum(event.body[2] for event in news.events if event.kind == "load")
        return cursor.loaded > 0 or news.seq - cursor.seq > EVENTS or rows > MANY

    def _fill(self) -> None:
        head = read_head(self._link, self._keys)
        if head is None or head.uid != self.uid:
            raise deleted(self._keys.name, self.uid, self._link.address.server, anew=head is not None)
        self._filling_since = time.monotonic()
        self.first = first_rows(self._link, self._keys, head)
        self._filler = self._new_filler()

    def _new_filler(self) -> Filler:
        count = len(self.first.ids) if self.first is not None else 0
        return Filler(self._link.address, self._keys, self._open, count)

    def _tell_all_anew(self) -> None:
        self.mirror.told_upto(self.mirror.version)
        self.vectors.forget()
        self._anew = True
