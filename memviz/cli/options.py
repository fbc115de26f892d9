"""Options that several commands share."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Callable

from memviz.session.bundled import DEFAULT_MEMORY, DEFAULT_MODEL


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Texts of several lines as they are written, others filled; room for the longest option beside its help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=max(60, min(120, shutil.get_terminal_size().columns)))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text.strip():
            return super()._fill_text(text, width, indent)
        return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent)


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int] | None,
    *,
    summary: str,
    description: str = "",
    epilog: str = "",
) -> argparse.ArgumentParser:
    """A command with its help; ``run`` is what it does, None for a group of commands."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=description or summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=Formatter,
    )
    if run is not None:
        parser.set_defaults(command=run)
    return parser


def add_memory(parser: argparse.ArgumentParser, default: str | None = DEFAULT_MEMORY) -> None:
    """``--memory``; where ``default`` is None, it is for the command to choose."""
    parser.add_argument(
        "--memory",
        metavar="U",
        default=default,
        help=f"bundled name, file (another program’s too), sqlite:///path, memory://name or redis://host/name"
        f" (default: {default or 'what was open last'})",
    )


def add_model(parser: argparse.ArgumentParser, default: str | None = DEFAULT_MODEL) -> None:
    """``--model``, like :func:`add_memory`."""
    parser.add_argument(
        "--model",
        metavar="M",
        default=default,
        help=f"bundled name, folder or hub name (default: {default or 'what was open last'})",
    )


def add_as_of(parser: argparse._ActionsContainer, what: str) -> None:
    """``--as-of``; ``query_options.as_of`` reads it."""
    parser.add_argument(
        "--as-of",
        metavar="WHEN",
        help=f"{what} at a version (v17), a time (2024-05-01, 2024-05-01T12:30) or in some days (+30d)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines for people")
