"""Calls of a store that meet a damaged copy: the server has all of it, so it is made anew, and they begin again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from memviz.stores.redis.following import Following
from memviz.stores.sqlite_errors import DamagedFile


class _HasCopy(Protocol):
    _follow: Following


_Store = TypeVar("_Store", bound=_HasCopy)
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def repairs(
    method: Callable[Concatenate[_Store, _Arguments], _Result],
) -> Callable[Concatenate[_Store, _Arguments], _Result]:
    """For a method that has changed nothing where it raises a DamagedFile."""

    @wraps(method)
    def repairing(store: _Store, /, *arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        try:
            return method(store, *arguments, **named)
        except DamagedFile:
            store._follow.repair()
            return method(store, *arguments, **named)

    return repairing
