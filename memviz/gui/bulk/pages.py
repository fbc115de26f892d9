"""What can be done to many entries, a page each: a form, and the action that it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.gui.docks.inspector_draft import FORM_FIELDS, Raw, raw_of, value_of
from memviz.gui.docks.inspector_form import ConfidenceBox, FieldForm
from memviz.gui.metrics import unit
from memviz.gui.tables.labels import PlainLabel

if TYPE_CHECKING:
    from memviz.session.bulk.actions import Action

_SEARCHED = ("text", "key", "owner", "source", "tags", "metadata")
_BLANK = Entry(0, "", "")


class Page(QWidget):
    """GUI thread. Signals: edited(): something was typed or chosen."""

    edited = Signal()
    title = ""
    #: What is done, on the button before the number of entries.
    verb = "Change"
    #: How high the form is, in units.
    high = 24

    def action(self) -> Action:
        """What the form describes.

        Raises:
            KnownError: it describes nothing yet, or something that cannot be.
        """
        raise NotImplementedError

    def begin(self) -> None:
        """The page comes into sight."""

    def _line(self, name: str, tip: str, placeholder: str = "") -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setToolTip(tip)
        line.setPlaceholderText(placeholder)
        line.textChanged.connect(self.edited)
        return line

    def _check(self, words: str, tip: str, *, checked: bool = False) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setToolTip(tip)
        box.setAccessibleName(words)
        box.setChecked(checked)
        box.toggled.connect(self.edited)
        return box

    def _form(self) -> QFormLayout:
        space = unit(self)
        form = QFormLayout()
        form.setContentsMargins(2 * space, 2 * space, 2 * space, space)
        form.setHorizontalSpacing(2 * space)
        form.setVerticalSpacing(space)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        return form


class ReplacePage(Page):
    title = "Find and Replace"
    verb = "Replace in"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sought = self._line("Find", "The text that is looked for, or a regular expression")
        self.by = self._line(
            "Replace by", "What stands there instead; of a regular expression \\1 is what its first brackets found"
        )
        self.fields = {
            name: self._check(name, f"Look into the field “{name}”", checked=name == "text") for name in _SEARCHED
        }
        self.expression = self._check("Regular expression", "“Find” is a pattern, like (\\w+), (\\w+)")
        self.match_case = self._check("Match case", "Capitals differ from small letters", checked=True)
        self.whole_words = self._check("Whole words", "Only where no letter goes on; Chinese is not divided into words")
        form = self._form()
        form.addRow("Find", self.sought)
        form.addRow("Replace by", self.by)
        form.addRow("In", _row(self.fields.values()))
        form.addRow("", _row((self.expression, self.match_case, self.whole_words)))
        self.setLayout(form)

    def begin(self) -> None:
        self.sought.setFocus()
        self.sought.selectAll()

    def action(self) -> Action:
        from memviz.session.bulk.replacing import Replace

        return Replace(
            self.sought.text(),
            self.by.text(),
            tuple(name for name, box in self.fields.items() if box.isChecked()),
            expression=self.expression.isChecked(),
            match_case=self.match_case.isChecked(),
            whole_words=self.whole_words.isChecked(),
        )


class SetPage(Page):
    """What is typed into a field is set in all entries; fields that nobody touched stay as they are."""

    title = "Set Fields"
    verb = "Set in"
    high = 52

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: dict[str, Raw] = {}
        self.form = FieldForm(self)
        self.form.edited.connect(self._typed)
        self.words = PlainLabel("", self, color="muted")
        self.words.wrap()
        self.clear = QToolButton(self)
        self.clear.setText("Start Over")
        self.clear.setAccessibleName("Start over")
        self.clear.setToolTip("Set no field")
        self.clear.clicked.connect(self.start_over)
        space = unit(self)
        head = QHBoxLayout()
        head.addWidget(self.words, 1)
        head.addWidget(self.clear)
        inside = QWidget(self)
        around = QVBoxLayout(inside)
        around.setContentsMargins(2 * space, 0, 2 * space, space)
        around.addWidget(self.form)
        around.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, space, 0, 0)
        head.setContentsMargins(2 * space, 0, 2 * space, 0)
        column.addLayout(head)
        column.addWidget(area, 1)
        self.start_over()

    def start_over(self) -> None:
        self._values = {}
        for name in FORM_FIELDS:
            self.form.fill(name, raw_of(_BLANK, name), unsaved=False)
        self._tell()
        self.edited.emit()

    def _typed(self, name: str, raw: Raw) -> None:
        self._values[name] = raw
        self.form.mark(name, True)
        self._tell()
        self.edited.emit()

    def _tell(self) -> None:
        names = ", ".join(self._values)
        self.words.setText(
            f"Sets {names}; every other field stays as it is." if names else "Type into the fields that shall be set."
        )
        self.clear.setEnabled(bool(names))

    def action(self) -> Action:
        from memviz.session.bulk.actions import SetFields

        fields: dict[str, Any] = {name: value_of(name, raw) for name, raw in self._values.items()}
        return SetFields(fields)


class TagsPage(Page):
    title = "Tags"
    verb = "Tag"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add = self._line("Add tags", "With commas between them; they come after those that are there", "none")
        self.remove = self._line("Remove tags", "With commas between them; exactly as they are written", "none")
        form = self._form()
        form.addRow("Add", self.add)
        form.addRow("Remove", self.remove)
        self.setLayout(form)

    def begin(self) -> None:
        self.add.setFocus()

    def action(self) -> Action:
        from memviz.session.bulk.actions import ChangeTags

        return ChangeTags(tuple(value_of("tags", self.add.text())), tuple(value_of("tags", self.remove.text())))


class ConfidencePage(Page):
    title = "Confidence"
    verb = "Change"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.factor = self._number("Multiply by", "Every confidence is multiplied by this first", 100.0, 1.0)
        self.least = self._number("At least", "What is below is set to this", 1.0, 0.0)
        self.most = self._number("At most", "What is above is set to this", 1.0, 1.0)
        words = PlainLabel("The same number in both bounds sets every entry to it.", self, color="muted")
        words.wrap()
        form = self._form()
        form.addRow("Multiply by", self.factor)
        form.addRow("At least", self.least)
        form.addRow("At most", self.most)
        form.addRow("", words)
        self.setLayout(form)

    def _number(self, name: str, tip: str, most: float, value: float) -> ConfidenceBox:
        box = ConfidenceBox(self)
        box.setRange(0.0, most)
        box.setDecimals(3)
        box.setSingleStep(0.05)
        box.setValue(value)
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setMaximumWidth(14 * unit(self))
        box.valueChanged.connect(self.edited)
        return box

    def action(self) -> Action:
        from memviz.session.bulk.actions import ChangeConfidence

        values = self.factor.value(), self.least.value(), self.most.value()
        if values == (1.0, 0.0, 1.0):
            raise KnownError("Change one of the numbers; these leave every confidence as it is.")
        return ChangeConfidence(*values)


def _row(widgets: Any) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
        row.setSpacing(2 * unit(widget))
    row.addStretch(1)
    return row


PAGES: tuple[type[Page], ...] = (ReplacePage, SetPage, TagsPage, ConfidencePage)
