"""Light and dark: the few colours of the window, and the colour map of weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from memviz.core.errors import BugError
from memviz.core.resources import resource_path

SCHEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Colors:
    """The greys, the one accent, and the two colours of trouble. Everything else that is coloured is data."""

    dark: bool
    window: str
    surface: str
    raised: str
    hover: str
    hairline: str
    scroll: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_text: str
    marked: str
    warning: str
    error: str

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        color = QColor(getattr(self, name))
        color.setAlphaF(alpha)
        return color


LIGHT = Colors(
    dark=False,
    window="#f5f6f7",
    surface="#ffffff",
    raised="#ffffff",
    hover="#e9ebee",
    hairline="#dcdfe4",
    scroll="#c6cad1",
    text="#1c2026",
    muted="#5b626d",
    faint="#9299a4",
    accent="#3557d6",
    accent_text="#ffffff",
    marked="#d3dcf8",
    warning="#8a5a00",
    error="#b3261e",
)
DARK = Colors(
    dark=True,
    window="#1c1e22",
    surface="#15171a",
    raised="#25282d",
    hover="#2b2f35",
    hairline="#30343a",
    scroll="#444a52",
    text="#e3e6ea",
    muted="#9ba3ae",
    faint="#69717d",
    accent="#86a2ff",
    accent_text="#10131a",
    marked="#34426b",
    warning="#e6b450",
    error="#ff8a80",
)


def colors_of(palette: QPalette) -> Colors:
    """The colours that go with a widget's palette."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightnessF() < 0.5 else LIGHT


def application() -> QApplication:
    """The running application.

    Raises:
        BugError: there is none.
    """
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise BugError("there is no QApplication")
    return app


def apply_theme(scheme: str) -> None:
    """Dresses the application: ``light``, ``dark``, or ``system`` for whatever the desktop says."""
    app = application()
    hints = app.styleHints()
    wanted = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(scheme)
    if wanted is None:
        hints.unsetColorScheme()
        wanted = hints.colorScheme()
    else:
        hints.setColorScheme(wanted)
    colors = DARK if wanted == Qt.ColorScheme.Dark else LIGHT
    app.setPalette(palette_of(colors))
    app.setStyleSheet(_style_sheet(colors))


def palette_of(colors: Colors) -> QPalette:
    """Qt's palette of our colours."""
    role = QPalette.ColorRole
    palette = QPalette(QColor(colors.window))
    for name, target in (
        ("window", (role.Window, role.Button)),
        ("surface", (role.Base,)),
        (
            "text",
            (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText, role.HighlightedText),
        ),
        ("raised", (role.ToolTipBase, role.Light, role.Midlight)),
        ("hairline", (role.Mid, role.Dark)),
        ("faint", (role.PlaceholderText,)),
        ("accent", (role.Accent, role.Link, role.LinkVisited)),
        ("marked", (role.Highlight,)),
    ):
        for each in target:
            palette.setColor(each, QColor(getattr(colors, name)))
    palette.setColor(role.AlternateBase, QColor(colors.window))
    palette.setColor(role.Shadow, QColor("#000000") if colors.dark else QColor(colors.faint))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(colors.faint))
    palette.setColor(QPalette.ColorGroup.Inactive, role.Highlight, QColor(colors.hover))
    return palette


def _style_sheet(colors: Colors) -> str:
    """What a palette cannot say: hairlines instead of frames, flat buttons, tabs with one line."""
    icons, scheme = resource_path("icons").as_posix(), "dark" if colors.dark else "light"
    return f"""
    QMainWindow::separator {{ background: {colors.hairline}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {colors.accent}; }}
    QSplitter::handle {{ background: {colors.hairline}; }}
    QSplitter::handle:hover {{ background: {colors.accent}; }}
    QToolBar {{ border: none; border-bottom: 1px solid {colors.hairline}; spacing: 2px; padding: 3px 6px; }}
    QMenuBar {{ border: none; background: {colors.window}; }}
    QMenuBar::item {{ padding: 3px 8px; background: transparent; border-radius: 3px; }}
    QMenuBar::item:selected {{ background: {colors.hover}; }}
    QLineEdit, QPlainTextEdit[readOnly="false"] {{ background: {colors.surface}; border: 1px solid {colors.scroll};
                                                   border-radius: 4px; padding: 2px 3px; }}
    QLineEdit:focus, QPlainTextEdit[readOnly="false"]:focus {{ border-color: {colors.accent}; }}
    QAbstractItemView QLineEdit, QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: none; border-radius: 0;
                                                                                    padding: 0; }}
    QCheckBox::indicator, QAbstractItemView::indicator {{ width: 12px; height: 12px; border: 1px solid {colors.faint};
                                                          border-radius: 3px; background: {colors.surface}; }}
    QAbstractItemView::indicator {{ border-color: {colors.scroll}; }}
    QAbstractItemView::indicator:checked {{ image: url("{icons}/ticked-{scheme}.svg"); }}
    QCheckBox::indicator:focus {{ border-color: {colors.accent}; }}
    QCheckBox::indicator:checked {{ border-color: {colors.accent}; image: url("{icons}/checked-{scheme}.svg"); }}
    QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {colors.faint}; border-radius: 7px;
                               background: {colors.surface}; }}
    QRadioButton::indicator:focus {{ border-color: {colors.accent}; }}
    QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 4px solid {colors.accent}; }}
    QLabel[quiet="true"] {{ color: {colors.muted}; }}
    QStatusBar {{ border-top: 1px solid {colors.hairline}; }}
    QStatusBar QToolButton {{ padding: 0; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {colors.scroll}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 24px; }}
    QScrollBar::handle:horizontal {{ min-width: 24px; }}
    QScrollBar::handle:hover {{ background: {colors.faint}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QStatusBar::item {{ border: none; }}
    QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 3px; }}
    QToolButton:hover {{ background: {colors.hover}; }}
    QToolButton:pressed, QToolButton:checked {{ background: {colors.hover}; border-color: {colors.hairline}; }}
    QToolButton:focus {{ border-color: {colors.accent}; }}
    QToolButton[chip="true"] {{ background: {colors.marked}; border-radius: 8px; padding: 1px 8px; }}
    QToolButton[chip="true"]:hover {{ border-color: {colors.accent}; }}
    QToolButton[menu="wide"] {{ padding: 3px 18px 3px 8px; }}
    QToolButton::menu-indicator {{ subcontrol-position: right center; right: 5px; width: 8px; }}
    QTabBar {{ qproperty-drawBase: 0; }}
    QTabBar::tab {{ padding: 5px 12px; border: none; border-bottom: 2px solid transparent; color: {colors.muted};
                    background: transparent; }}
    QTabBar::tab:selected {{ color: {colors.text}; border-bottom: 2px solid {colors.accent}; }}
    QTabBar::tab:hover {{ color: {colors.text}; }}
    QTabBar::tab:focus {{ color: {colors.accent}; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {colors.hairline}; }}
    QHeaderView {{ background: {colors.window}; }}
    QHeaderView::section {{ background: {colors.window}; color: {colors.muted}; border: none; padding: 3px 6px;
                            border-bottom: 1px solid {colors.hairline}; }}
    QToolTip {{ background: {colors.raised}; color: {colors.text}; border: 1px solid {colors.hairline};
                padding: 4px 6px; }}
    QProgressBar {{ border: none; background: {colors.hover}; border-radius: 2px; max-height: 4px; }}
    QProgressBar::chunk {{ background: {colors.accent}; border-radius: 2px; }}
    """


@cache
def weight_map(dark: bool) -> NDArray[np.uint8]:
    """256 colours [256, 4] for weights 0..1: the background at zero, then evenly growing contrast.

    Lightness in OKLab changes linearly, so equal differences of weight look equally big, also to colour-blind eyes
    and in print; the hue runs like viridis from yellow-green over teal to violet (the other way round in the dark).
    Source of the colour space: B. Ottosson, "A perceptual color space for image processing", 2020.
    """
    t = np.linspace(0.0, 1.0, 256)
    start, end = (0.205, 0.93) if dark else (1.0, 0.27)
    lightness = start + (end - start) * t
    hue = np.radians(np.interp(t, [0.0, 1.0], [300.0, 105.0] if dark else [120.0, 295.0]))
    chroma = np.interp(t, [0.0, 0.25, 0.6, 1.0], [0.0, 0.11, 0.115, 0.15] if dark else [0.0, 0.115, 0.105, 0.12])
    rgb = _oklab_to_srgb(lightness, chroma * np.cos(hue), chroma * np.sin(hue))
    colors = np.full((256, 4), 255, dtype=np.uint8)
    colors[:, :3] = np.round(255 * rgb)
    colors[0, :3] = _rgb((DARK if dark else LIGHT).surface)
    return colors


def _rgb(name: str) -> tuple[int, int, int]:
    color = QColor(name)
    return color.red(), color.green(), color.blue()


def _oklab_to_srgb(
    lightness: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """OKLab to sRGB, 0..1, clipped, [n, 3]."""
    lms = np.stack(
        (
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.2914855480 * b,
        )
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(to_rgb @ lms**3, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).T
