"""Forward hooks that live only inside a context manager."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn


@contextmanager
def with_outputs(modules: Sequence[nn.Module], called: Callable[[int, Any, Any], Any]) -> Iterator[None]:
    """While open, ``called(number of the module, its first input, its output)`` runs after each of the modules.

    The input is what the module really read, after other hooks. What ``called`` returns replaces the output, unless it
    is None.
    """

    def hook(number: int) -> Any:
        def run(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
            return called(number, inputs[0] if inputs else None, output)

        return run

    with ExitStack() as stack:
        for number, module in enumerate(modules):
            stack.callback(module.register_forward_hook(hook(number)).remove)
        yield


@contextmanager
def with_scaled_inputs(factors: Sequence[tuple[nn.Module, Tensor]]) -> Iterator[None]:
    """While open, the first input of each module [.., F] is multiplied by its factors [F]."""

    def hook(factor: Tensor) -> Any:
        def run(_: nn.Module, inputs: tuple[Any, ...]) -> Any:
            return (inputs[0] * factor.to(inputs[0]), *inputs[1:])

        return run

    with ExitStack() as stack:
        for module, factor in factors:
            stack.callback(module.register_forward_pre_hook(hook(factor)).remove)
        yield
