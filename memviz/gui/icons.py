"""Icons of one set, drawn in the colours of the theme."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from memviz.core.errors import BugError
from memviz.core.resources import resource_path
from memviz.gui.theme import Colors

SIZE = 16
_SCALES = (1.0, 1.5, 2.0, 3.0)


def icon(name: str, colors: Colors) -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in the text colour, faint where disabled, accent where checked."""
    path = resource_path("icons", f"{name}.svg")
    if not path.is_file():
        raise BugError(f"there is no icon named {name}")
    source = path.read_text(encoding="utf-8")
    made = QIcon()
    for mode, state, color in (
        (QIcon.Mode.Normal, QIcon.State.Off, colors.color("text")),
        (QIcon.Mode.Disabled, QIcon.State.Off, colors.color("faint")),
        (QIcon.Mode.Normal, QIcon.State.On, colors.color("accent")),
        (QIcon.Mode.Disabled, QIcon.State.On, colors.color("faint")),
    ):
        renderer = QSvgRenderer(
            QByteArray(source.replace("currentColor", color.name(QColor.NameFormat.HexRgb)).encode())
        )
        for scale in _SCALES:
            made.addPixmap(_drawn(renderer, scale), mode, state)
    return made


def _drawn(renderer: QSvgRenderer, scale: float) -> QPixmap:
    pixmap = QPixmap(QSize(round(SIZE * scale), round(SIZE * scale)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
