"""Benchmarks of the window use its fixtures."""

from tests.gui.conftest import ask, loaded, memory, qapp, settings, window, workspace

__all__ = ["ask", "loaded", "memory", "qapp", "settings", "window", "workspace"]
