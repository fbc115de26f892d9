"""``memviz screenshot``: a picture of the real window, without a display."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from memviz.cli.display import use_offscreen
from memviz.cli.options import add_command, add_memory, add_model
from memviz.gui.dialog_names import dialog_words

_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "screenshot",
        run,
        summary="picture of the window, made without a display",
        description="Opens the window without a display, asks the query, and saves what it shows.",
    )
    parser.add_argument("out", metavar="OUT.png", type=Path)
    parser.add_argument("--query", metavar="TEXT", help="ask this and wait for the answer")
    parser.add_argument("--line", metavar="N", type=int, help="ask the question on line N of the story file instead")
    parser.add_argument("--beams", metavar="N", type=int, default=0, help="of an encoder-decoder’s search")
    parser.add_argument("--view", metavar="NAME", help="the tab to show: ledger, candidates …; of the dialog: decay …")
    parser.add_argument("--dialog", metavar="NAME", help=f"draw this dialog instead of the window: {dialog_words()}")
    parser.add_argument("--chat", metavar="FILE", type=Path, help="show the chat, with this dialogue taken in")
    parser.add_argument(
        "--entry", metavar="ID", type=int, help="the entry to choose; default: the one that was read most"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="(default: light)")
    parser.add_argument("--size", metavar="WxH", type=_size, default=(1280, 800), help="(default: 1280x800)")
    parser.add_argument("--show-private", action="store_true", help="show private entries, which are masked otherwise")
    add_model(parser)
    add_memory(parser)


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no size; write for example 1280x800")
    return int(found.group(1)), int(found.group(2))


def run(arguments: argparse.Namespace) -> int:
    use_offscreen()
    from memviz.gui.screenshot import screenshot

    screenshot(
        arguments.out,
        query=arguments.query,
        line=arguments.line,
        beams=arguments.beams,
        view=arguments.view,
        dialog=arguments.dialog,
        chat=arguments.chat,
        entry=arguments.entry,
        theme=arguments.theme,
        size=arguments.size,
        model=arguments.model,
        memory=arguments.memory,
        show_private=arguments.show_private,
    )
    return 0
