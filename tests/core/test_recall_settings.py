"""Recall settings are checked, and go through JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from memviz.core.decay import Decay, DecayKind
from memviz.core.entry import Kind
from memviz.core.errors import KnownError
from memviz.core.recall_settings import ConflictPolicy, RecallSettings, settings_from_json


def test_settings_go_through_json() -> None:
    settings = RecallSettings(
        dense=0.5,
        recency=0.1,
        decay={Kind.DIALOGUE_TURN: Decay(DecayKind.POWER, 7.0)},
        policy="newest",  # type: ignore[arg-type]
        kinds=("fact",),  # type: ignore[arg-type]
    )
    assert settings.policy is ConflictPolicy.NEWEST
    assert settings_from_json(json.loads(json.dumps(settings.as_json()))) == settings
    assert settings_from_json({}) == RecallSettings()
    assert settings.decay_of(Kind.DIALOGUE_TURN).half_life == 7.0
    assert settings.decay_of(Kind.FACT) == Decay()
    assert hash(settings) == hash(settings.changed(probes=32))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dense": -1}, "“dense” must be a number of at least 0, not -1"),
        ({"lexical": 0.0}, "words or vectors"),
        ({"least_retention": 1.5}, "from 0 to 1"),
        ({"candidates": 0}, "whole number from 1"),
        ({"policy": "loudest"}, "one of mark, newest"),
        ({"kinds": ["fiction"]}, "one of fact"),
        ({"decay": {"fact": {"half_life": 0}}}, "above 0 and at most 1,000,000,000 days"),
        ({"decay": {"fact": {"speed": 1}}}, "“speed” is no setting"),
        ({"decay": {"fact": "fast"}}, "must be a law"),
        ({"decay": 3}, "must name a law"),
        ({"weight": 1}, "“weight” is no recall setting"),
        ({"exact": "yes"}, "true or false"),
    ],
)
def test_bad_settings(values: dict[str, Any], words: str) -> None:
    with pytest.raises(KnownError, match=words):
        settings_from_json(values)
