"""How a memory fades: what is left of it after a time, by kind of entry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from memviz.core.entry import Entry
from memviz.core.errors import KnownError

DAY = 86_400.0
#: The exponential function of more is no number.
_LARGEST_POWER = 700.0


class DecayKind(StrEnum):
    """The law by which an entry fades."""

    NONE = "none"
    EXPONENTIAL = "exponential"
    POWER = "power"
    USE = "use"


@dataclass(frozen=True, slots=True)
class Decay:
    """A law of fading, with ``t`` the age in days: since an entry was last edited; for ``use`` since it was last used.

    - ``none``: what is left is always 1.
    - ``exponential``: ``2 ** (-t / half_life)`` (Loftus 1985 compares it with the next).
    - ``power``: ``(1 + t / half_life * (2 ** (1 / exponent) - 1)) ** -exponent`` (Wickelgren 1974): one half after
      ``half_life``, and then ever slower.
    - ``use``: ``2 ** (-t / (half_life * growth ** used_count))``: each use makes the half-life longer, as in spaced
      repetition (Ebbinghaus 1885; Settles and Meeder 2016, half-life regression, equation 1).

    Attributes:
        kind: the law.
        half_life: days until one half is left, above 0.
        exponent: of the power law, above 0.
        growth: factor of the half-life for each use, at least 1.
    """

    kind: DecayKind = DecayKind.NONE
    half_life: float = 30.0
    exponent: float = 0.5
    growth: float = 2.0

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "kind", DecayKind(self.kind))
        except ValueError:
            raise KnownError(f"The decay must be one of {', '.join(DecayKind)}, not {self.kind!r}.") from None
        _check_number("half-life", self.half_life, above=0.0, unit=" days")
        _check_number("exponent of the power law", self.exponent, above=0.0)
        _check_number("growth of the half-life with each use", self.growth, least=1.0)

    def retention(self, age: float, used_count: int = 0) -> float:
        """What is left, 0..1, after ``age`` seconds; a negative age (a date in the future) counts as none."""
        days = max(0.0, age) / DAY
        match self.kind:
            case DecayKind.NONE:
                return 1.0
            case DecayKind.EXPONENTIAL:
                return _halved(days / self.half_life)
            case DecayKind.POWER:
                steepness = math.exp2(min(1.0 / self.exponent, 1_000.0)) - 1.0
                return math.exp(-self.exponent * math.log1p(days / self.half_life * steepness))
            case DecayKind.USE:
                # The factor is bounded so that thousands of uses do not overflow.
                longer = min(used_count * math.log(self.growth), 500.0)
                return _halved(days / self.half_life * math.exp(-longer))

    def retention_of(self, entry: Entry, now: float) -> float:
        """What is left of an entry at a time, 0..1."""
        since = entry.last_touched if self.kind is DecayKind.USE else entry.updated
        return self.retention(now - since, entry.used_count)

    def age_at(self, retention: float, used_count: int = 0) -> float:
        """Seconds after which ``retention`` (0..1) is left; infinite where it never fades so far."""
        if self.kind is DecayKind.NONE or retention <= 0.0:
            return math.inf
        if retention >= 1.0:
            return 0.0
        match self.kind:
            case DecayKind.POWER:
                steepness = math.exp2(min(1.0 / self.exponent, 1_000.0)) - 1.0
                times = -math.log(retention) / self.exponent
                days = math.expm1(times) / steepness * self.half_life if times < _LARGEST_POWER else math.inf
            case DecayKind.USE:
                longer = min(used_count * math.log(self.growth), 500.0)
                days = -math.log2(retention) * self.half_life * math.exp(longer)
            case _:
                days = -math.log2(retention) * self.half_life
        return days * DAY


def _halved(times: float) -> float:
    return math.exp2(-min(times, 2_000.0))


def _check_number(
    what: str, value: object, *, above: float | None = None, least: float | None = None, unit: str = ""
) -> None:
    bound = f"above {above:g}" if above is not None else f"at least {least:g}"
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or (above is not None and not value > above) or (least is not None and not value >= least):  # type: ignore[operator]
        raise KnownError(f"The {what} must be a number {bound}{unit}, not {value!r}.")
