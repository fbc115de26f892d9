"""The same with files that the libraries write now, where they are installed beside memviz (none is needed for it)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from memviz.stores.attached.address import Attachment
from memviz.stores.attached.store import AttachedStore
from tests.stores.attached import make_fixtures

#: Writer -> the module that it needs, and what the files then hold: file or folder -> texts.
_LIBRARIES = {
    "chroma": (
        "chromadb",
        {
            "chroma": [
                "Blade Runner was directed by Ridley Scott.",
                "Ana lives in Porto.",
                "Max is a painter.",
                "我住在北京。",
            ]
        },
    ),
    "langgraph": (
        "langgraph.checkpoint.sqlite",
        {
            "langgraph-store.sqlite": [
                "Ana lives in Porto.",
                "Ana speaks Portuguese.",
                '{"subject": "Rome", "founded": -753}',
                "For a week only.",
            ],
            "langgraph-checkpoints.sqlite": [
                "Hello!",
                "You said: Hello!",
                "I live in Porto.",
                "You said: I live in Porto.",
                "我住在北京。",
                "You said: 我住在北京。",
            ],
        },
    ),
    "mem0": ("mem0", {"mem0-history.db": ["Lives in Porto", "Likes tea"]}),
    "mcp": ("mcp_memory_service", {"mcp-memory.db": ["Ana lives in Porto.", "We deploy on Fridays."]}),
}


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", _LIBRARIES)
def test_file_of_the_library(name: str, tmp_path: Path) -> None:
    module, expected = _LIBRARIES[name]
    if not _installed(module):
        pytest.skip(f"{module} is not installed; its file of another day is read in test_programs.py")
    script = str(make_fixtures.__file__)
    subprocess.run([sys.executable, script, name, str(tmp_path)], check=True, capture_output=True, timeout=120)
    for file, texts in expected.items():
        with closing(AttachedStore.open(Attachment(tmp_path / file))) as store:
            assert sorted(entry.text for entry in store.get(store.search_ids())) == sorted(texts)
