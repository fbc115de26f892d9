"""What importing and opening costs, and what happens at the interpreter's end, seen from a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "transformers", "PySide6", "pyqtgraph", "sqlite_utils")


def run_python(code: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.parametrize("opening", ["", "memviz.Session().open_memory({memory!r}).result()"])
def test_no_torch_before_a_model_is_loaded(opening: str, memory: str):
    code = f"""
import json, os, sys
import memviz
{opening.format(memory=memory)}
loaded = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps([loaded, os.environ.get("OMP_WAIT_POLICY"), os.environ.get("TOKENIZERS_PARALLELISM")]))
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    loaded, wait_policy, parallelism = json.loads(done.stdout)
    assert loaded == (["sqlite_utils"] if opening else [])
    assert (wait_policy, parallelism) == ("PASSIVE", "false")


def test_a_paused_run_in_a_forgotten_session_does_not_hang_the_exit():
    root = Path(__file__).resolve().parent.parent.parent
    code = f"""
import sys
sys.path.insert(0, {str(root)!r})
import memviz
from tests.session.scripted import ScriptedModel
session = memviz.Session()
session.use_model(ScriptedModel()).result()
run = session.ask("who?")
run.step()
while run.state != "paused":
    pass
print(run.trace.steps)
"""
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_version_is_the_distribution_s():
    import memviz

    pyproject = (Path(__file__).resolve().parent.parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{memviz.__version__}"' in pyproject


def test_public_names_exist():
    import memviz

    assert all(hasattr(memviz, name) for name in memviz.__all__)
