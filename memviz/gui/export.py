"""Pictures and numbers of a view as files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from memviz.core.errors import KnownError

PNG_SCALE = 2.0


def save_png(widget: QWidget, path: str | Path) -> None:
    """The widget as it is drawn now, at twice its size.

    Raises:
        KnownError: the file cannot be written.
    """
    image = QImage(widget.size() * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(PNG_SCALE)
    image.fill(widget.palette().window().color())
    widget.render(image, QPoint(0, 0))
    if not image.save(str(path)):
        raise KnownError(f"The picture cannot be written to {path}; choose another folder.")


def save_svg(widget: QWidget, path: str | Path) -> None:
    """The widget as vectors.

    Raises:
        KnownError: the file cannot be written.
    """
    _check_writable(path)
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(QRect(QPoint(0, 0), widget.size()))
    generator.setTitle(widget.accessibleName() or "memviz")
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), widget.palette().window().color())
    widget.render(painter, QPoint(0, 0))
    painter.end()


def save_csv(rows: Iterable[Sequence[object]], path: str | Path) -> None:
    """Rows of values, the header first, UTF-8.

    Raises:
        KnownError: the file cannot be written.
    """
    try:
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    except OSError as error:
        raise KnownError(f"The table cannot be written to {path} ({error.strerror}); choose another folder.") from error


def _check_writable(path: str | Path) -> None:
    try:
        with open(path, "wb"):
            pass
    except OSError as error:
        raise KnownError(
            f"The picture cannot be written to {path} ({error.strerror}); choose another folder."
        ) from error
