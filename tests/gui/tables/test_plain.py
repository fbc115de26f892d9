from __future__ import annotations

from PySide6.QtGui import Qt, QTextDocument

from memviz.gui.tables.ages import age, parsed_date_time, precise_date_time
from memviz.gui.tables.plain import many_lines, one_line, tooltip


def test_no_character_hides_breaks_the_line_or_turns_the_direction():
    assert one_line("a\x00b\r\nc\td\u202ee\u2028f") == "a\\x00b↵ c  d\\u202ee↵ f"
    assert one_line("عربي 银翼 🎬") == "عربي 银翼 🎬"


def test_a_long_text_keeps_beginning_and_end():
    line = one_line("begin" + "x" * 1_000_000 + "end")
    assert line.startswith("begin")
    assert line.endswith("end")
    assert len(line) < 500


def test_a_tooltip_shows_markup_as_text():
    text = '<img src="http://example.org/x.png"> & <b>bold</b>\nsecond line'
    tip = tooltip(text)
    assert Qt.mightBeRichText(tip)
    document = QTextDocument()
    document.setHtml(tip)
    assert document.toPlainText() == text


def test_a_tooltip_is_bounded_and_says_how_much_there_is():
    assert len(many_lines("x" * 1_000_000)) < 2_200
    assert "1,000,000 characters" in many_lines("x" * 1_000_000)
    assert "5,000 characters" in many_lines("x" * 4_000, length=5_000)


def test_times_for_people():
    assert age(1_000.0, now=1_000.0 + 3 * 86_400) == "3 d"
    assert age(1_000.0, now=1_010.0) == "now"
    assert age(None) == ""
    assert parsed_date_time(precise_date_time(1_700_000_000.25)) == 1_700_000_000.25
    assert parsed_date_time("") is None
