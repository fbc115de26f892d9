"""Options of a training, made from its recipe: one for each number."""

from __future__ import annotations

import argparse
import re
from dataclasses import fields
from typing import Any, TypeVar

R = TypeVar("R")

_ATTRIBUTES = re.compile(r"^ {8}(?P<names>[a-z_, ]+): (?P<words>.+?)(?=^ {8}[a-z_, ]+: |\Z)", re.MULTILINE | re.DOTALL)


def add_recipe(parser: argparse.ArgumentParser, recipe: object, title: str = "recipe") -> None:
    """``--name VALUE`` for every number and text of a recipe, a dataclass; its docstring says what each is."""
    told = _told(type(recipe).__doc__ or "")
    group = parser.add_argument_group(title)
    for field in fields(recipe):  # type: ignore[arg-type]
        default = getattr(recipe, field.name)
        flag = "--" + (title if field.name == "name" else field.name).replace("_", "-")
        words = told.get(field.name, "")
        if isinstance(default, bool):
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=default, help=words)
        elif isinstance(default, (int, float, str)):
            group.add_argument(
                flag, type=type(default), default=default, metavar="N", help=f"{words} (default: %(default)s)".lstrip()
            )


def chosen_recipe(recipe: R, arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields that :func:`add_recipe` asked for, as they were given."""
    return {field.name: getattr(arguments, field.name) for field in fields(recipe) if hasattr(arguments, field.name)}  # type: ignore[arg-type]


def _told(docstring: str) -> dict[str, str]:
    """Field -> what the ``Attributes`` part of the docstring says."""
    told = {}
    for found in _ATTRIBUTES.finditer(docstring):
        words = " ".join(found["words"].split()).removesuffix(".").replace("%", "%%").replace("``", "")
        for name in found["names"].split(","):
            told[name.strip()] = words
    return told
