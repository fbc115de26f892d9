"""The same door as the window's, headless: ``memviz ask``, ``memviz entries`` …"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from memviz.cli.output import on_one_line, prepare_streams, quiet_stdout
from memviz.cli.parser import build_parser
from memviz.core.errors import Cancelled, KnownError

_EXIT_KNOWN_ERROR = 2
_EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0, 2 for an error the user can mend, 130 after Ctrl+C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    prepare_streams()
    try:
        parsed = build_parser().parse_args(_with_command(arguments))
        code: int = parsed.command(parsed)
        sys.stdout.flush()
    except KnownError as error:
        print(f"memviz: {on_one_line(str(error))}", file=sys.stderr)
        return _EXIT_KNOWN_ERROR
    except (KeyboardInterrupt, Cancelled):
        return _EXIT_INTERRUPTED
    except BrokenPipeError:
        quiet_stdout()  # whoever read it, like “| head”, has seen enough
        return 0
    return code


def _with_command(arguments: list[str]) -> list[str]:
    """``memviz`` and ``memviz --memory my.sqlite`` mean the window."""
    if not arguments:
        return ["window"]
    if arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version"):
        return ["window", *arguments]
    return arguments
