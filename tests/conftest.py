"""What every test needs: no display, a data folder of its own, one thread for torch, no thread left behind."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A busy machine is no failure.
settings.register_profile("memviz", deadline=None)
settings.load_profile("memviz")

_CHECKOUT = Path(__file__).resolve().parent.parent


def _data_sets() -> Path | None:
    """The folder of the full data sets: MEMVIZ_DATA, or ``shared/data`` beside the checkout."""
    given = os.environ.get("MEMVIZ_DATA")
    folder = Path(given) if given else _CHECKOUT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if _data_sets() is not None:
        return
    skip = pytest.mark.skip(reason="needs the full data sets; set MEMVIZ_DATA to their folder")
    for item in items:
        if item.get_closest_marker("data") is not None:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def data_sets() -> Path:
    """The folder of the full data sets, for tests marked ``data``."""
    folder = _data_sets()
    assert folder is not None, "a test that uses data_sets must be marked with pytest.mark.data"
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Bundled memories are unpacked once per test run, never into the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMVIZ_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
        yield


@pytest.fixture(autouse=True)
def _one_torch_thread() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_thread_left() -> Iterator[None]:
    """Every session that a test opens must be closed by it: a left-over thread is named."""
    before = set(threading.enumerate())
    yield
    left = [t.name for t in threading.enumerate() if t.name.startswith("memviz-") and t not in before]
    assert not left, f"left-over threads: {', '.join(left)}"
