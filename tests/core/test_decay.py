"""Laws of fading, and their inverses."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memviz.core.decay import DAY, Decay, DecayKind
from memviz.core.entry import Entry
from memviz.core.errors import KnownError

FADING = [DecayKind.EXPONENTIAL, DecayKind.POWER, DecayKind.USE]


@pytest.mark.parametrize("kind", FADING)
def test_one_half_is_left_after_the_half_life(kind: DecayKind) -> None:
    law = Decay(kind, half_life=12.0, exponent=0.7)
    assert law.retention(0.0) == 1.0
    assert law.retention(-5.0) == 1.0
    assert law.retention(12 * DAY) == pytest.approx(0.5)


def test_laws_differ_as_they_should() -> None:
    exponential, power = (Decay(kind, half_life=10.0) for kind in (DecayKind.EXPONENTIAL, DecayKind.POWER))
    assert exponential.retention(30 * DAY) == pytest.approx(0.125)
    assert power.retention(30 * DAY) == pytest.approx(1 / math.sqrt(10))
    assert Decay().retention(1e12) == 1.0
    used = Decay(DecayKind.USE, half_life=10.0, growth=2.0)
    assert used.retention(20 * DAY, used_count=1) == pytest.approx(0.5)
    assert used.retention(1e9, used_count=10_000) == pytest.approx(1.0)


def test_use_starts_the_clock_anew_for_the_law_by_use_only() -> None:
    entry = Entry(1, "", "t", updated=0.0, last_used=10 * DAY, used_count=1)
    assert Decay(DecayKind.EXPONENTIAL, half_life=10.0).retention_of(entry, 10 * DAY) == pytest.approx(0.5)
    assert Decay(DecayKind.USE, half_life=10.0, growth=1.0).retention_of(entry, 20 * DAY) == pytest.approx(0.5)


@given(
    kind=st.sampled_from(FADING),
    half_life=st.floats(1e-9, 1e9),
    exponent=st.floats(0.01, 100.0),
    growth=st.floats(1.0, 1e6),
    used=st.integers(0, 100_000),
)
def test_at_all_bounds_one_half_is_left_after_the_half_life(
    kind: DecayKind, half_life: float, exponent: float, growth: float, used: int
) -> None:
    law = Decay(kind, half_life, exponent, growth)
    assert law.retention(half_life * DAY) == pytest.approx(0.5)
    assert law.age_at(0.5) == pytest.approx(half_life * DAY)
    for age in (0.0, 1e-300, 1.0, 1e15, 1e300):
        assert 0.0 <= law.retention(age, used) <= 1.0
    for left in (5e-324, 1e-9, 0.5, 1.0 - 2**-53):
        assert law.age_at(left, used) >= 0.0


@given(
    kind=st.sampled_from(FADING),
    half_life=st.floats(0.01, 1e4),
    exponent=st.floats(0.05, 5.0),
    left=st.floats(0.001, 0.999),
    used=st.integers(0, 20),
)
def test_age_at_is_the_inverse(kind: DecayKind, half_life: float, exponent: float, left: float, used: int) -> None:
    law = Decay(kind, half_life, exponent)
    assert law.retention(law.age_at(left, used), used) == pytest.approx(left, rel=1e-6)


def test_what_never_fades_has_no_such_age() -> None:
    assert Decay().age_at(0.5) == math.inf
    assert Decay(DecayKind.POWER).age_at(0.0) == math.inf
    assert Decay(DecayKind.POWER).age_at(1.0) == 0.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"half_life": 0.0}, "half-life must be a number above 0 and at most 1,000,000,000 days, not 0.0"),
        ({"half_life": -3}, "days, not -3"),
        ({"half_life": 1e300}, "at most 1,000,000,000 days"),
        ({"half_life": 10**400}, "at most 1,000,000,000 days"),
        ({"half_life": True}, "not True"),
        ({"half_life": math.nan}, "above 0"),
        ({"half_life": "1"}, "not '1'"),
        ({"exponent": 0}, "exponent of the power law must be a number from 0.01 to 100, not 0"),
        ({"exponent": 5e-4}, "from 0.01 to 100"),
        ({"exponent": 1e17}, "from 0.01 to 100"),
        ({"growth": 0.5}, "from 1 to 1,000,000, not 0.5"),
        ({"growth": math.inf}, "from 1 to 1,000,000"),
        ({"kind": "linear"}, "one of none, exponential, power, use"),
    ],
)
def test_bad_laws(values: dict[str, object], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        Decay(**values)  # type: ignore[arg-type]
