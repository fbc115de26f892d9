"""Closer looks at a step that views ask for: computed one at a time on the query thread, and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from memviz.core.errors import Cancelled
from memviz.gui.bridge import Bridge
from memviz.gui.playhead import Playhead

if TYPE_CHECKING:
    from memviz.session.run import Run
    from memviz.session.session import Session

#: Bytes of arrays that are kept, and how many results at most.
KEPT_BYTES, KEPT_RESULTS = 128 * 2**20, 64


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a wish: ``value``, or in ``words`` why there is none; neither while it is being computed."""

    value: Any = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Wish:
    run: Run
    step: int
    what: str
    options: tuple[tuple[str, Any], ...]


class Looks(QObject):
    """Gives views what is known and computes what is not. GUI thread.

    While one look is computed only the newest wish of each kind is remembered, so that a playhead that moves fast asks
    for no more than can be computed.

    Signals:
        arrived(): something that was wished for is there.
    """

    arrived = Signal()

    def __init__(self, session: Session, bridge: Bridge, playhead: Playhead, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bridge = bridge
        self._playhead = playhead
        self._known: OrderedDict[_Wish, Found] = OrderedDict()
        self._next: dict[str, _Wish] = {}
        self._busy: _Wish | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being computed."""
        return self._busy is not None

    def find(self, what: str, step: int, **options: Any) -> Found:
        """What is known of a step of the run in view; where nothing is, it is computed, and :attr:`arrived` tells."""
        run = self._playhead.run
        if run is None or step < 0:
            return Found()
        wish = _Wish(run, step, what, tuple(sorted(options.items())))
        known = self._known.get(wish)
        if known is not None:
            self._known.move_to_end(wish)
            return known
        if wish != self._busy:
            self._next[what] = wish
            self._begin()
        return Found()

    def is_live(self) -> bool:
        """Whether the model that made the run in view is loaded."""
        run = self._playhead.run
        return run is not None and run.model is not None and run.model is self._session.model

    def _begin(self) -> None:
        if self._busy is not None or not self._next:
            return
        what = next(iter(self._next))
        wish = self._busy = self._next.pop(what)
        future = self._session.look(wish.run, wish.step, wish.what, **dict(wish.options))
        self._bridge.watch(future, self._found, self._failed)

    def _found(self, value: Any) -> None:
        self._keep(Found(value))

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled | CancelledError):  # something else was more urgent; it may be asked for again
            self._busy = None
            self._begin()
        else:
            self._keep(Found(words=str(error)))

    def _keep(self, found: Found) -> None:
        wish, self._busy = self._busy, None
        if wish is not None:
            self._known[wish] = found
        while len(self._known) > KEPT_RESULTS or (self._bytes() > KEPT_BYTES and len(self._known) > 1):
            self._known.popitem(last=False)
        self._begin()
        self.arrived.emit()

    def _bytes(self) -> int:
        return sum(getattr(found.value, "nbytes", 0) for found in self._known.values())
