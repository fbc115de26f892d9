"""``memviz models``: which models are at hand, and what one of them is, before it is loaded."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from memviz.cli.options import add_command, add_json
from memviz.cli.output import clear_progress, plain, print_json, terminal_progress
from memviz.core.errors import KnownError
from memviz.core.sizes import size_words
from memviz.session.model_details import ModelDetails, look_up, model_details
from memviz.session.model_words import detail_rows, memory_words, state_words
from memviz.session.models_at_hand import CachedModel, cached_models, shipped_models

_EPILOG = """\
Weights are not read for this, and no network is used unless --look-up is given.

With --json, “models” prints {shipped: [name], cached: [{name, size, used}]}, sizes in bytes and times in seconds
since 1970; “models NAME” prints one object: name, folder, kind, architecture, layers, encoder_layers, heads, width,
vocabulary, context, parameters, stored_as, disk, needs [{dtype, bytes, fits}], free, to_download, download, lacking
(why what is cached cannot be opened as it is), problem (why it cannot be opened at all).
null stands for what is not known. The exit code is 2 where the model cannot be opened.

examples:
  memviz models
  memviz models movies-reader
  memviz models ./my-model --json | jq .parameters
  memviz models Qwen/Qwen3-0.6B --look-up
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands,
        "models",
        run,
        summary="list the models at hand, or tell about one of them",
        description="Lists the models that come with memviz and those of the local Hugging Face cache; with NAME it\n"
        "tells what is known of that one before it is loaded.",
        epilog=_EPILOG,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="bundled name, folder or hub name")
    parser.add_argument("--look-up", action="store_true", help="ask the Hugging Face hub about NAME")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.name is None:
        if arguments.look_up:
            raise KnownError("With --look-up a hub name must be given.")
        return _list(as_json=arguments.json)
    details = _looked_up(arguments.name) if arguments.look_up else model_details(arguments.name)
    if arguments.json:
        print_json(details_as_dict(details))
    else:
        _print(details)
    return 2 if details.problem else 0


def _list(*, as_json: bool) -> int:
    shipped, cached = shipped_models(), cached_models()
    if as_json:
        print_json({"shipped": shipped, "cached": [_cached_as_dict(model) for model in cached]})
        return 0
    print("Comes with memviz")
    for name in shipped:
        print(f"  {name}")
    print("In the local Hugging Face cache")
    width = max((len(model.name) for model in cached), default=0)
    for model in cached:
        used = datetime.fromtimestamp(model.used).strftime("%Y-%m-%d")
        print(f"  {plain(model.name):{width}}  {size_words(model.size):>9}  last used {used}")
    if not cached:
        print("  (nothing)")
    return 0


def _cached_as_dict(model: CachedModel) -> dict[str, Any]:
    return {"name": model.name, "size": model.size, "used": model.used}


def _looked_up(name: str) -> ModelDetails:
    try:
        return look_up(name, terminal_progress())
    finally:
        clear_progress()


def _print(details: ModelDetails) -> None:
    print(plain(details.name))
    rows = detail_rows(details) + [("Memory", memory_words(need, details.free)) for need in details.needs]
    for what, words in rows:
        print(f"  {what:12}  {plain(words)}")
    if words := state_words(details):
        print(f"\n{plain(words)}")


def details_as_dict(details: ModelDetails) -> dict[str, Any]:
    """For JSON; see ``memviz models --help``."""
    shape = details.shape
    return {
        "name": details.name,
        "folder": str(details.folder) if details.folder is not None else None,
        "kind": details.kind or None,
        "architecture": shape.architecture or None,
        "layers": shape.layers,
        "encoder_layers": shape.encoder_layers,
        "heads": shape.heads,
        "width": shape.width,
        "vocabulary": shape.vocabulary,
        "context": shape.context,
        "parameters": details.parameters,
        "stored_as": list(details.stored_as),
        "disk": details.disk,
        "needs": [{"dtype": need.dtype, "bytes": need.bytes, "fits": need.fits} for need in details.needs],
        "free": details.free,
        "to_download": details.to_download,
        "download": details.download,
        "lacking": details.lacking or None,
        "problem": details.problem or None,
    }
