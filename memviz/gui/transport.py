"""The transport bar: play, pause, step, scrub, speed, follow, cancel."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QHBoxLayout, QSizePolicy, QWidget

from memviz.gui.actions import Actions
from memviz.gui.icons import icon
from memviz.gui.metrics import unit
from memviz.gui.playhead import SPEEDS, Playhead
from memviz.gui.theme import colors_of
from memviz.gui.widgets import choice_box, plain_label, tool_button


class ScrubBar(QAbstractSlider):
    """A thin line with a mark for each step where there is room, and the playhead on it."""

    scrubbed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Step")
        self.setToolTip("Drag to any step (← →, Home, End)")
        self.setPageStep(8)
        self.actionTriggered.connect(self._triggered)

    def sizeHint(self) -> QSize:
        return QSize(24 * unit(self), 3 * unit(self))

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * unit(self), 3 * unit(self))

    def _track(self) -> QRectF:
        margin = float(unit(self))
        return QRectF(margin, self.height() / 2, self.width() - 2 * margin, 0.0)

    def _x_of(self, value: int) -> float:
        track = self._track()
        span = max(1, self.maximum() - self.minimum())
        return track.left() + track.width() * (value - self.minimum()) / span

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = colors_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = self._track()
        middle = track.top()
        count = self.maximum() - self.minimum() + 1
        painter.setPen(QPen(colors.color("hairline"), 2))
        painter.drawLine(track.topLeft(), track.topRight())
        if not self.isEnabled():
            return
        if 1 < count <= track.width() / 5:
            painter.setPen(QPen(colors.color("faint"), 1))
            for value in range(self.minimum(), self.maximum() + 1):
                at = self._x_of(value)
                painter.drawLine(QRectF(at, middle - 3, 0, 6).topLeft(), QRectF(at, middle - 3, 0, 6).bottomLeft())
        at = self._x_of(self.value())
        painter.setPen(QPen(colors.color("accent"), 2))
        painter.drawLine(track.topLeft(), QRectF(at, middle, 0, 0).topLeft())
        radius = unit(self) * 0.75
        painter.setPen(QPen(QColor(colors.window), 2))
        painter.setBrush(colors.color("accent"))
        painter.drawEllipse(QRectF(at - radius, middle - radius, 2 * radius, 2 * radius))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color("accent"), 1))
            painter.drawEllipse(QRectF(at - radius - 2, middle - radius - 2, 2 * radius + 4, 2 * radius + 4))

    def _value_at(self, x: float) -> int:
        track = self._track()
        share = (x - track.left()) / max(track.width(), 1.0)
        return round(self.minimum() + share * (self.maximum() - self.minimum()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._scrub(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.scrubbed.emit(self.value() + (1 if event.angleDelta().y() < 0 else -1))

    def _scrub(self, event: QMouseEvent) -> None:
        value = min(max(self._value_at(event.position().x()), self.minimum()), self.maximum())
        self.scrubbed.emit(value)

    def _triggered(self, _action: int) -> None:
        self.scrubbed.emit(self.sliderPosition())


class TransportBar(QWidget):
    """Buttons, scrub bar, ``step n / N``, speed, follow and cancel; shows what the playhead does. GUI thread."""

    def __init__(self, actions: Actions, playhead: Playhead, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._playhead = playhead
        self._icon_name = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(unit(self) // 4)
        for name in ("first", "back", "play", "forward", "last"):
            row.addWidget(tool_button(self, actions[name]))
        row.addSpacing(unit(self))
        self.scrub = ScrubBar(self)
        self.scrub.scrubbed.connect(playhead.set_step)
        row.addWidget(self.scrub, 1)
        self.words = plain_label(self, "Step and number of steps")
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.words.setMinimumWidth(self.fontMetrics().horizontalAdvance("step 0000 / 0000"))
        row.addWidget(self.words)
        row.addSpacing(unit(self))
        self.speed = choice_box(
            self, "Speed of playback", "Speed of playback", ((f"{speed:g}×", speed) for speed in SPEEDS)
        )
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.currentIndexChanged.connect(self._speed_chosen)
        row.addWidget(self.speed)
        row.addWidget(tool_button(self, actions["follow"]))
        row.addWidget(tool_button(self, actions["cancel"]))
        playhead.state_changed.connect(self.refresh)
        playhead.step_changed.connect(self._moved)
        playhead.grown.connect(self.refresh)
        playhead.trace_changed.connect(self.refresh)
        self.refresh()

    def _speed_chosen(self, _index: int) -> None:
        self._playhead.set_speed(self.speed.currentData())

    def _moved(self, _step: int) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Shows the playhead's state."""
        playhead = self._playhead
        steps, step = playhead.steps, playhead.step
        self.scrub.setRange(0, max(0, steps - 1))
        self.scrub.setValue(max(0, step))
        self.scrub.setEnabled(steps > 0)
        self.scrub.update()
        self.words.setText(f"{self._step_word()} {step + 1} / {steps}" if steps else "no step yet")
        paused = playhead.run_state == "paused"
        self._actions["first"].setEnabled(step > 0)
        self._actions["back"].setEnabled(step > 0)
        self._actions["forward"].setEnabled(step < steps - 1 or playhead.live)
        self._actions["last"].setEnabled(step < steps - 1)
        self._actions["play"].setEnabled(steps > 0 or playhead.live)
        self._actions["follow"].setChecked(playhead.follow)
        self._actions["follow"].setEnabled(playhead.live)
        running = (playhead.live and not paused) or playhead.playing
        self._show_play("pause" if running else "play")

    def _step_word(self) -> str:
        prompt = self._playhead.trace.prompt if self._playhead.trace is not None else None
        return "step" if prompt is None or prompt.step_word == "token" else prompt.step_word

    def _show_play(self, name: str) -> None:
        if name != self._icon_name:
            self._icon_name = name
            self._actions["play"].setIcon(icon(name, colors_of(self.palette())))

    def restyle(self) -> None:
        """After the theme changed."""
        self._icon_name = ""
        self.refresh()
