"""The command line as a process: Ctrl+C, closed pipes, encodings, no display."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memviz.cli import display, main
from tests.cli.conftest import Cli

ROOT = Path(__file__).resolve().parent.parent.parent


def start(*arguments: str, code: str = "", **environment: str) -> subprocess.Popen[bytes]:
    run = ["-c", code] if code else ["-m", "memviz"]
    return subprocess.Popen(
        [sys.executable, *run, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_while_the_model_answers(memory: str):
    code = (
        "import signal, sys; from memviz.session import registry; from memviz.cli import main\n"
        # Where the tests themselves run in the background of a shell, SIGINT is ignored, and children inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "registry.MODELS['transformer'] = 'tests.cli.endless:load'\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    with start("ask", "who?", "--model", ".", "--memory", memory, code=code) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"running\n"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()  # else a model that never ends would
    assert (process.returncode, out, err) == (130, b"", b"")


def test_closed_pipe_is_quiet(cli: Cli, memory: str, tmp_path: Path):
    (tmp_path / "long.txt").write_text("x" * 1_000_000)
    cli("entries", "set", "1", "--text-file", str(tmp_path / "long.txt"))
    with start("entries", "list", "--json", "--memory", memory) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(60) == 0
    assert err == b""


def test_any_character_gets_through_a_pipe(cli: Cli, memory: str):
    cli("entries", "set", "1", "--text", "星球大战 🎬")
    with start("entries", "show", "1", "--json", "--memory", memory, PYTHONIOENCODING="ascii") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out.decode("utf-8"))["text"] == "星球大战 🎬"


def test_no_torch_and_no_qt_for_entries(memory: str):
    code = (
        "import sys; from memviz.cli import main; main(sys.argv[1:])\n"
        "print([name for name in ('torch', 'transformers', 'PySide6') if name in sys.modules])"
    )
    with start("entries", "list", "--limit", "0", "--memory", memory, code=code) as process:
        out, _ = process.communicate(timeout=60)
    assert out.decode().splitlines()[-1] == "[]"


def test_version_and_help(capsys: pytest.CaptureFixture[str]):
    for arguments, words in (
        (["--version"], "memviz 0."),
        (["--help"], "examples:"),
        (["ask", "--help"], "layers and heads"),
        (["entries", "merge", "--help"], "superseded by it"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        told = capsys.readouterr().out
        assert words in " ".join(told.split())
        assert max(map(len, told.splitlines())) <= 120


def test_wrong_option_is_usage_not_traceback(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(["entries", "list", "--nonsense"])
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.fixture
def bare_linux(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("QT_LOGGING_RULES", "")  # what a command sets for its own process is taken back afterwards
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize("arguments", [[], ["window"], ["--memory", "movies"]])
def test_no_display_says_what_to_do(
    arguments: list[str], bare_linux: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "no display" in err
    assert "memviz ask" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["screenshot", "out.png"]])
def test_missing_library_says_what_to_install(
    arguments: list[str], bare_linux: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail(name: str) -> None:
        raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

    bare_linux.setenv("DISPLAY", ":99")
    bare_linux.setattr(display.ctypes, "CDLL", fail)
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "libEGL.so.1" in err
    assert "libegl1" in err
    assert ("libxcb-cursor0" in err) == (not arguments)
    assert err.count("\n") == 1
