"""The window in a process of its own: it opens, says what is missing, and ends cleanly."""

from __future__ import annotations

import os
import subprocess
import sys

_CODE = """
import sys
from PySide6.QtCore import QTimer
from memviz.gui import main_window
from memviz.gui.app import run_window

make = main_window.MainWindow.__init__

def make_and_close(self, workspace, parent=None):
    make(self, workspace, parent)
    workspace.loader.settled.connect(self.tell)

def tell(self):
    print(len(self.central.views), self.central.notices.messages(), "torch" in sys.modules)
    QTimer.singleShot(0, self.close)

main_window.MainWindow.__init__ = make_and_close
main_window.MainWindow.tell = tell
sys.exit(run_window("/no/such/model", sys.argv[1], query="who?", argv=["memviz"]))
"""


def test_the_window_opens_and_ends_cleanly(memory, tmp_path) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    ended = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", _CODE, memory],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    errors = [line for line in ended.stderr.splitlines() if not line.startswith("This plugin does not support")]
    assert (ended.returncode, errors) == (0, [])
    assert "/no/such/model" in ended.stdout
