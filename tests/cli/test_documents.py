"""What the documents show works: every command line is one that memviz understands, every link leads somewhere."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from memviz.cli import _with_command
from memviz.cli.parser import build_parser
from memviz.core.recall_settings import SETTING_NAMES
from memviz.session.recall_words import parse_recall

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = (README, ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
#: Where a shell ends the arguments of a command.
_SHELL = frozenset({"|", "<", ">", "&&", ";"})


def _command_lines(document: Path) -> Iterator[list[str]]:
    """The arguments of each ``memviz …`` line in the fenced blocks."""
    for block in _FENCE.findall(document.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if not line.startswith("memviz "):
                continue
            words = shlex.split(line, comments=True)[1:]
            end = next((place for place, word in enumerate(words) if word in _SHELL), len(words))
            yield words[:end]


COMMAND_LINES = [words for document in DOCUMENTS for words in _command_lines(document)]


def _subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@pytest.mark.parametrize("words", COMMAND_LINES, ids=" ".join)
def test_a_command_line_is_understood(words: list[str]) -> None:
    parsed = build_parser().parse_args(_with_command(words))
    parse_recall([*(getattr(parsed, "recall", None) or []), *(getattr(parsed, "changes", None) or [])])


def test_every_command_is_in_the_readme() -> None:
    commands = _subcommands(build_parser())
    assert len(commands) > 10
    text = README.read_text(encoding="utf-8")
    assert [name for name in commands if name != "window" and f"memviz {name}" not in text] == []


def test_every_recall_setting_is_in_the_readmes_table() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name.partition(".")[0] for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert set(SETTING_NAMES) - named == set()


def _anchors(document: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.is_file(), link
        assert not anchor or anchor in _anchors(target), link
