"""Keeping a mirror up with its server: at the opening, and from then on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.progress import Progress
from memviz.stores.redis.catch_up import EVENTS, News, Rewritten, catch_up, read_news
from memviz.stores.redis.errors import Unreachable
from memviz.stores.redis.filler import Filler
from memviz.stores.redis.first_rows import FirstRows, first_rows
from memviz.stores.redis.hashes import MANY
from memviz.stores.redis.head import Head, read_head
from memviz.stores.redis.keys import Keys
from memviz.stores.redis.link import Link
from memviz.stores.redis.materialise import Materialiser
from memviz.stores.redis.mirror import Mirror
from memviz.stores.redis.shared_vectors import SharedVectors

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
        trouble: why the server cannot be followed, though it answers; empty where it can.
    """

    def __init__(self, link: Link, keys: Keys, head: Head, folder: Path, url: str, clock: Callable[[], float]) -> None:
        self._link, self._keys, self.uid = link, keys, head.uid
        self._open: Callable[[], Mirror] = lambda: Mirror.at(folder, head.uid, url, clock)
        self.mirror = self._open()
        self.vectors = SharedVectors(link, keys, self.mirror)
        self.hashes = Materialiser(link, keys, self.mirror, self.vectors)
        self.first: FirstRows | None = None
        self.trouble = ""
        self.while_filling: Progress | None = None
        self._filling_since = 0.0
        self._filler: Filler | None = None
        self._anew = False
        self._closed = False
        try:
            news = read_news(link, keys, self.mirror.cursor.seq)
            self._follow(news)
            self.vectors.stamp = news.stamp
            if self.first is None and not link.read_only and news.done < news.seq:
                self.hashes.roll_forward(news.done)
            self.mirror.told_upto(self.first.version if self.first is not None else self.mirror.version)
        except BaseException:
            self.close()
            raise
        self._anew = False

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
            if self.first is not None:
                if self._filler is None:
                    read_news(self._link, self._keys, 0, 1)  # does it answer again?
                    self._filler = self._new_filler()
                if self._filler.running:
                    return False
                self._settle(self._filler)
            cursor = self.mirror.cursor
            news = read_news(self._link, self._keys, cursor.seq)
            self.trouble = ""
            if cursor.whole and not news.events and (news.seq, news.token) == (cursor.seq, cursor.token):
                if not self._link.read_only:
                    self.hashes.watch(news.done)
                self.vectors.stamp = news.stamp
                return False
            self._follow(news)
            self.vectors.stamp = news.stamp
        except Unreachable:
            return False
        except KnownError as error:
            self.trouble = str(error)
            return False
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

    def _follow(self, news: News) -> None:
        if self._is_much(news):
            self._fill()
            return
        try:
            catch_up(self._link, self._keys, self.mirror)
        except Rewritten:
            self.mirror.empty()
            self._tell_all_anew()
            self._follow(read_news(self._link, self._keys, 0))

    def _is_much(self, news: News) -> bool:
        cursor = self.mirror.cursor
        rows = sum(event.body[2] for event in news.events if event.kind == "load")
        return cursor.loaded > 0 or news.seq - cursor.seq > EVENTS or rows > MANY

    def _fill(self) -> None:
        head = read_head(self._link, self._keys)
        if head is None or head.uid != self.uid:
            raise KnownError(f"The memory “{self._keys.name}” was deleted from the server; open it again.")
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
