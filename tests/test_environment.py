"""What the machine and its packages must be able to do for memviz to work."""

from __future__ import annotations

import subprocess
import sys


def test_ten_thousand_signal_emissions():
    """PySide6 6.12.0 on Python 3.11 loses a reference with every emission and aborts after some hundred."""
    code = """
import sys
from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

class Sender(QObject):
    sent = Signal(bool)

class Receiver(QObject):
    count = 0
    @Slot(bool)
    def receive(self, value):
        self.count += value

application = QCoreApplication(sys.argv)
sender, receiver = Sender(), Receiver()
sender.sent.connect(receiver.receive)
for _ in range(10_000):
    sender.sent.emit(True)
print(receiver.count)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "10000"), done.stderr
