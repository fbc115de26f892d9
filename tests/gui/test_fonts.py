"""The shipped fonts are there and hold what they must."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QFontMetrics

from memviz.core.resources import resource_path
from memviz.gui.fonts import HAN, MONO, SANS, ui_font


def test_the_families_are_known(qapp) -> None:
    assert {SANS, HAN, MONO} <= set(QFontDatabase.families())


def test_chinese_and_latin_letters_have_glyphs(qapp) -> None:
    metrics = QFontMetrics(qapp.font())
    for letter in "Añß→·“”0银翼杀手教父星球大战，。、カな":
        assert metrics.inFontUcs4(ord(letter)), letter


def test_figures_have_one_width(qapp) -> None:
    metrics = QFontMetrics(ui_font(qapp.font()))
    assert len({metrics.horizontalAdvance(figure * 8) for figure in "0123456789"}) == 1


def test_the_licence_lies_beside_the_fonts() -> None:
    licence = resource_path("fonts", "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert sum(path.stat().st_size for path in resource_path("fonts").iterdir()) < 2_300_000
