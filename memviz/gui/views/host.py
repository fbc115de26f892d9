"""Feeds views: the one place where they meet playhead, selection and head choice."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from memviz.core.privacy import MASK
from memviz.core.trace import Trace
from memviz.gui.bridge import Bridge
from memviz.gui.head_choice import HeadChoice, HeadSelection
from memviz.gui.looks import Looks
from memviz.gui.neuron_choice import NeuronChoice
from memviz.gui.playhead import Playhead
from memviz.gui.selection import Selection
from memviz.gui.settings import Settings
from memviz.gui.views.base import View


class ViewHost(QObject):
    """Tells every view what to show and passes on what the user chose in it. GUI thread.

    Signals:
        query_proposed(str): a question that was changed in a view.
    """

    query_proposed = Signal(str)

    def __init__(
        self,
        playhead: Playhead,
        selection: Selection,
        heads: HeadSelection,
        bridge: Bridge,
        looks: Looks,
        neurons: NeuronChoice,
        settings: Settings,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._playhead = playhead
        self._selection = selection
        self._heads = heads
        self._bridge = bridge
        self._looks = looks
        self._neurons = neurons
        self._settings = settings
        self.views: list[View] = []
        playhead.trace_changed.connect(self._tell)
        playhead.grown.connect(self._tell)
        playhead.step_changed.connect(self._tell)
        playhead.state_changed.connect(self._tell)
        selection.changed.connect(self._tell_entry)
        heads.changed.connect(self._tell_heads)
        looks.arrived.connect(self._redraw)
        neurons.changed.connect(self._tell_scales)

    def add(self, view: View) -> None:
        """Connects a view and shows it what the others show."""
        self.views.append(view)
        view.entry_chosen.connect(self._entry_chosen)
        view.step_chosen.connect(self._playhead.set_step)
        view.heads_chosen.connect(self._heads.choose)
        view.query_proposed.connect(self.query_proposed)
        view.scale_wanted.connect(self._neurons.scale)
        view.scales_undone.connect(self._neurons.undo)
        view.scales_cleared.connect(self._neurons.clear)
        view.failed.connect(self._bridge.failed)
        view.words_of = self._words_of
        view.masked = self._masked
        view.look = self._looks.find
        view.is_live = self._looks.is_live
        view.remember_in(self._settings)
        view.show_entry(self._selection.entry_id)
        view.show_heads(self._heads.choice)
        view.show_scales(self._neurons.scales, self._neurons.can_undo)
        view.show_at(self._playhead.trace, self._playhead.step)

    def flush(self) -> None:
        """Draws at once what is due in the views that can be seen."""
        for view in self.views:
            view.flush()

    def _tell(self, _step: int = -1) -> None:
        for view in self.views:
            view.show_at(self._playhead.trace, self._playhead.step)

    def _tell_scales(self) -> None:
        for view in self.views:
            view.show_scales(self._neurons.scales, self._neurons.can_undo)

    def _redraw(self) -> None:
        for view in self.views:
            view.mark_stale()

    def _tell_entry(self, entry_id: int | None, _initiator: object) -> None:
        for view in self.views:
            view.show_entry(entry_id)

    def _tell_heads(self, choice: HeadChoice) -> None:
        for view in self.views:
            view.show_heads(choice)

    def _entry_chosen(self, entry_id: int | None) -> None:
        self._selection.select(entry_id, self.sender())

    def _words_of(self, entry_id: int) -> str:
        run = self._playhead.run
        entry = run.recalled(entry_id) if run is not None else None
        if entry is None:
            return ""
        if entry.private and (self._playhead.masks or self._for_others()):
            return MASK
        return entry.key or entry.text

    def _masked(self) -> Trace | None:
        """What is drawn for others instead of what is in view; None where that is nothing else."""
        run = self._playhead.run
        return run.masked if run is not None and run.masked is not self._playhead.trace else None

    def _for_others(self) -> bool:
        return any(view.exporting for view in self.views)
