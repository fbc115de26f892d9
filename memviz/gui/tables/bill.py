"""A score as a bill: its parts as they are shown, which add up to the score as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DIGITS = 2
_UNEXPLAINED = "not explained"


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    value: float
    shown: str


def bill(parts: Mapping[str, float], score: float, digits: int = DIGITS) -> list[Line]:
    """The parts as shown, which add up to the score as shown.

    Each is rounded to ``digits``; what rounding leaves over goes to the parts that were rounded furthest the other
    way (largest remainder), one unit of the last digit each. Where the parts do not make the score, a line says by how
    much.
    """
    values = dict(parts)
    rest = score - sum(values.values())
    if abs(rest) > 1e-6 * max(1.0, abs(score)) and values:
        values[_UNEXPLAINED] = rest
    scale = 10**digits
    units = {name: round(value * scale) for name, value in values.items()}
    over = round(score * scale) - sum(units.values())
    sign = 1 if over > 0 else -1
    furthest = sorted(values, key=lambda name: sign * (values[name] * scale - units[name]), reverse=True)
    for name in furthest[: abs(over)]:
        units[name] += sign
    return [Line(name, value, f"{units[name] / scale:.{digits}f}") for name, value in values.items()]


def digits_for(scores: float) -> int:
    """Decimals with which scores up to ``scores`` can be told apart: those of fused ranks differ in the third."""
    return DIGITS if scores >= 5.0 else DIGITS + 1
