"""Which memory of which server."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from memviz.core.errors import KnownError
from memviz.gui.metrics import unit
from memviz.gui.widgets import plain_label
from memviz.session.addresses import memory_address, with_password

_FORMS = """redis://host:port/name — one server, or any node of a cluster
rediss://host:port/name — the same with TLS
redis+cluster://host:port,host:port/name — several nodes of a cluster, of which one must answer"""


class ServerMemoryDialog(QDialog):
    """Asks for an address and a password. The password is kept as long as the program runs, and written nowhere.

    Signals:
        wanted(str, bool): open this address; make a new memory where there is none.
    """

    wanted = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open Memory on a Server")
        space = unit(self)
        self.setMinimumWidth(72 * space)
        form = QFormLayout(self)
        form.setContentsMargins(2 * space, 2 * space, 2 * space, 2 * space)
        form.setHorizontalSpacing(2 * space)
        form.setVerticalSpacing(space)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.address = self._line("Address", "redis://host:port/name", "Where the memory is, and its name there")
        self.password = self._line("Password", "none", "Of the server; “user:” before the host names a user")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.create_ = QCheckBox("Make a new memory where there is none", self)
        self.create_.setAccessibleName("Make a new memory where there is none")
        self.create_.setToolTip("Without this, a name that is mistyped is told")
        self.trouble = self._words("What is wrong with the address")
        self.trouble.hide()
        forms = self._words("Forms of addresses", quiet=True)
        forms.setText(_FORMS)
        form.addRow("&Address", self.address)
        form.addRow("&Password", self.password)
        form.addRow("", self.create_)
        form.addRow("", forms)
        form.addRow("", self.trouble)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Open | standard.Cancel, self)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form.addRow(self.buttons)

    def begin(self) -> None:
        """Comes to the front, with the address of the last time."""
        self.password.clear()
        self.trouble.hide()
        self.address.selectAll()
        self.address.setFocus()
        self.show()
        self.raise_()
        self.activateWindow()

    def accept(self) -> None:
        address = self.address.text().strip()
        if "://" not in address:
            address = f"redis://{address}"
        if self.password.text():
            address = with_password(address, self.password.text())
        try:
            memory_address(address)
        except KnownError as error:
            self.trouble.setText(str(error))
            self.trouble.show()
            self.address.setFocus()
            return
        super().accept()
        self.wanted.emit(address, self.create_.isChecked())

    def _line(self, name: str, example: str, tip: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setPlaceholderText(example)
        line.setToolTip(tip)
        return line

    def _words(self, name: str, *, quiet: bool = False) -> QLabel:
        label = plain_label(self, name, quiet=quiet)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)  # else a form makes it narrow
        return label
