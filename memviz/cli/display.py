"""Whether Qt can start here. Asked before, because Qt ends the whole process where it cannot."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from memviz.core.errors import KnownError

_INSTEAD = "or work without a window: memviz ask “…”"
_OFFSCREEN_PACKAGES = "libglib2.0-0 libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1"
_SCREEN_PACKAGES = "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0 libxcb-shape0"


def use_offscreen() -> None:
    """Lets Qt draw without a display in this process.

    Raises:
        KnownError: a system library that Qt needs for that is missing.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Every window would print that “this plugin does not support propagateSizeHints”.
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    if sys.platform.startswith("linux"):
        _require_libraries(["offscreen"], _OFFSCREEN_PACKAGES)


def require_display() -> None:
    """Checks that a window can open.

    Raises:
        KnownError: no display, or a system library that Qt needs is missing.
    """
    if not sys.platform.startswith("linux"):
        return
    chosen = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if chosen and chosen not in ("xcb", "wayland"):
        _require_libraries([chosen], _OFFSCREEN_PACKAGES)
        return
    x11, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if not x11 and not wayland:
        raise KnownError(
            "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set); "
            "start memviz from a desktop, " + _INSTEAD + "."
        )
    platforms = [chosen] if chosen else [*(["wayland"] if wayland else []), *(["xcb"] if x11 else [])]
    loaded = _require_libraries(platforms, f"{_OFFSCREEN_PACKAGES} {_SCREEN_PACKAGES}")
    if loaded == ["xcb"] and not _x11_answers():
        raise KnownError(f"The display {x11} does not answer; start memviz from a desktop, {_INSTEAD}.")


def _require_libraries(platforms: list[str], packages: str) -> list[str]:
    """Loads the libraries of Qt's widgets and of at least one platform; returns the platforms that can be used."""
    folder = _qt_folder()
    missing = _load_error(folder / "lib", "libQt6Widgets.so.6")
    usable = []
    if not missing:
        errors = {
            platform: _load_error(folder / "plugins" / "platforms", f"libq{platform}.so") for platform in platforms
        }
        usable = [platform for platform, error in errors.items() if not error]
        missing = "" if usable else errors[platforms[-1]]
    if missing:
        raise KnownError(
            f"Qt needs a system library that is missing ({missing}); "
            f"install it (Debian, Ubuntu: apt-get install {packages}) {_INSTEAD}."
        )
    return usable


def _qt_folder() -> Path:
    spec = importlib.util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        raise KnownError(f"PySide6 is not installed; install it with “pip install PySide6-Essentials” {_INSTEAD}.")
    return Path(spec.submodule_search_locations[0]) / "Qt"


def _load_error(folder: Path, name: str) -> str:
    """Name of the system library because of which this one cannot be loaded; empty when it can."""
    library = folder / name
    if not library.exists():
        # Where the system's package manager installed Qt, it lies elsewhere and has what it needs.
        return "" if not folder.exists() else name
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error).split(":", 1)[0]
    return ""


def _x11_answers() -> bool:
    """Connects to the X server and hangs up: Qt aborts where that fails."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt's own copy may do; let it try
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    error = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not error
