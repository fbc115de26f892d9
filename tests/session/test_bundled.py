"""The models that ship."""

from __future__ import annotations

import json

import pytest

from memviz.session.bundled import BUNDLED_MODELS, model_folder
from memviz.session.session import Session

TRAINED = [name for name, (kind, _) in BUNDLED_MODELS.items() if kind not in ("causal-lm", "kv-ngram")]


def test_every_bundled_model_opens() -> None:
    with Session() as session:
        for name in BUNDLED_MODELS:
            assert session.load_model(name).result().name == model_folder(name).name


@pytest.mark.parametrize("name", TRAINED)
def test_a_trained_network_has_its_recipe_and_its_result_beside_it(name: str) -> None:
    recipe, result = (
        json.loads((model_folder(name) / file).read_text(encoding="utf-8")) for file in ("recipe.json", "result.json")
    )
    assert "seed" in recipe
    assert 0.0 <= result["error"] < 0.15
    assert result["rounds"] > 0
