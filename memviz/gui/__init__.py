"""The window: PySide6 and pyqtgraph. Nothing below this room knows that it exists."""
