"""How a memory fades: what is left of it after a time, by kind of entry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from memviz.core.entry import Entry
from memviz.core.errors import KnownError

DAY = 86_400.0
#: A half-life in days beyond which nothing fades that anybody lives to see.
LONGEST_HALF_LIFE = 1e9
#: Of the power law: below, a half-life says nothing any more; above, the law is the exponential one.
LEAST_EXPONENT, MOST_EXPONENT = 0.01, 100.0
_MOST_GROWTH = 1e6
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
        half_life: days until one half is left, above 0 and at most :data:`LONGEST_HALF_LIFE`.
        exponent: of the power law, from :data:`LEAST_EXPONENT` to :data:`MOST_EXPONENT`.
        growth: factor of the half-life for each use, from 1 to a million.
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
        _check_number("half-life", self.half_life, 0.0, LONGEST_HALF_LIFE, above=True, unit=" days")
        _check_number("exponent of the power law", self.exponent, LEAST_EXPONENT, MOST_EXPONENT)
        _check_number("growth of the half-life with each use", self.growth, 1.0, _MOST_GROWTH)

    def retention(self, age: float, used_count: int = 0) -> float:
        """What is left, 0..1, after ``age`` seconds; a negative age (a date in the future) counts as none."""
        days = max(0.0, age) / DAY
        match self.kind:
            case DecayKind.NONE:
                return 1.0
            case DecayKind.EXPONENTIAL:
                return _halved(days / self.half_life)
            case DecayKind.POWER:
                return math.exp(-self.exponent * math.log1p(days / self.half_life * self._steepness))
            case DecayKind.USE:
                # The factor is bounded so that thousands of uses do not overflow.
                longer = min(used_count * math.log(self.growth), 500.0)
                return _halved(days / self.half_life * math.exp(-longer))

    @property
    def _steepness(self) -> float:
        """``2 ** (1 / exponent) - 1``, exact for great exponents too."""
        return math.expm1(math.log(2.0) / self.exponent)

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
                times = -math.log(retention) / self.exponent
                days = math.expm1(times) / self._steepness * self.half_life if times < _LARGEST_POWER else math.inf
            case DecayKind.USE:
                longer = min(used_count * math.log(self.growth), 500.0)
                days = -math.log2(retention) * self.half_life * math.exp(longer)
            case _:
                days = -math.log2(retention) * self.half_life
        return days * DAY


def _halved(times: float) -> float:
    return math.exp2(-min(times, 2_000.0))


def _check_number(what: str, value: object, least: float, most: float, *, above: bool = False, unit: str = "") -> None:
    """``above``: ``least`` itself is too little."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not least <= value <= most or (above and value == least):  # type: ignore[operator]
        bounds = f"above {least:g} and at most {most:,.0f}" if above else f"from {least:g} to {most:,.0f}"
        raise KnownError(f"The {what} must be a number {bounds}{unit}, not {value!r}.")
