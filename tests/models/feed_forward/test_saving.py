"""An edited model is saved as a folder of its own, which opens and says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from memviz.core.arrays import frozen_array
from memviz.core.errors import KnownError
from memviz.core.neurons import NeuronScale, RankOneEdit
from memviz.models.feed_forward.capture import scaled
from memviz.models.feed_forward.layers import find_layers
from memviz.models.feed_forward.weights import EditedWeights, save_edited
from tests.models.tiny import SENTENCES, tiny_model, tiny_tokenizer

IDS = torch.tensor([[5, 17, 40, 3]])
SCALES = (NeuronScale(0, 3), NeuronScale(1, 7, -2.0))


@pytest.mark.parametrize("name", ["gpt2", "qwen2"])
def test_what_is_saved_says_what_the_edited_model_says(name: str, tmp_path: Path) -> None:
    layers = find_layers(tiny_model(name))
    edit = RankOneEdit(
        1, frozen_array(torch.randn(layers.width).numpy()), frozen_array(0.1 * torch.randn(layers.neurons).numpy())
    )
    original = tmp_path / "original"
    original.mkdir()
    (original / "memviz.json").write_text('{"stop": ["\\n"]}', encoding="utf-8")
    weights = EditedWeights(layers)
    weights.apply(edit)
    before = {key: tensor.clone() for key, tensor in layers.model.state_dict().items()}
    folder = save_edited(layers, tiny_tokenizer(), tmp_path / "deep" / "saved", scales=SCALES, original=original)
    assert all(torch.equal(tensor, before[key]) for key, tensor in layers.model.state_dict().items())
    with scaled(layers, SCALES), torch.no_grad():
        expected = layers.model(IDS).logits
    loaded = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True)
    with torch.no_grad():
        torch.testing.assert_close(loaded(IDS).logits, expected, atol=1e-5, rtol=0.0)
    again = PreTrainedTokenizerFast.from_pretrained(folder)
    assert all(again.encode(text) == tiny_tokenizer().encode(text) for text in SENTENCES)
    assert json.loads((folder / "memviz.json").read_text(encoding="utf-8")) == {"stop": ["\n"]}


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    layers = find_layers(tiny_model("gpt2"))
    with pytest.raises(KnownError, match="holds something already"):
        save_edited(layers, tiny_tokenizer(), tmp_path)
    with pytest.raises(KnownError, match="holds something already"):
        save_edited(layers, tiny_tokenizer(), tmp_path / "config.json")
    with pytest.raises(KnownError, match="cannot be saved"):
        save_edited(layers, tiny_tokenizer(), tmp_path / "config.json" / "inside")


def test_an_edit_of_another_model_is_refused() -> None:
    layers = find_layers(tiny_model("gpt2"))
    with pytest.raises(KnownError, match="another size"):
        EditedWeights(layers).apply(RankOneEdit(0, frozen_array([1.0]), frozen_array([1.0])))
    with pytest.raises(KnownError, match="no layer 10"):
        EditedWeights(layers).apply(RankOneEdit(9, frozen_array([1.0]), frozen_array([1.0])))
