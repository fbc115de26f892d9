"""Bases that can be fine-tuned, and what is said of those that cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import transformers

from memviz.core.errors import KnownError
from memviz.models.classifier.encoder import encoder_of, new_encoder, trained_classifier
from memviz.models.classifier.recipe import ClassifierRecipe
from tests.models.classifier.bases import save_base
from tests.models.tiny import tiny_model, tiny_tokenizer

LABELS = ("no", "yes", "“perhaps”")
RECIPE = ClassifierRecipe(width=16, layers=1, heads=2, feed_forward=16, length=12, vocabulary=120)


def test_a_new_one_has_word_pieces_of_its_texts_and_comes_back_from_its_folder(tmp_path: Path) -> None:
    made = new_encoder(["Crème brûlée tastes good", "brule creme"], LABELS, RECIPE)
    assert made.tokenizer.tokenize("CREME") == ["creme"]
    ids = made.tokenizer("good taste")["input_ids"]
    assert (ids[0], ids[-1]) == (made.tokenizer.cls_token_id, made.tokenizer.sep_token_id)
    made.save(tmp_path)
    assert json.loads((tmp_path / "memviz.json").read_text(encoding="utf-8")) == {"kind": "encoder"}
    found = trained_classifier(tmp_path)
    assert found.labels == LABELS
    assert found.longest == 12
    assert found.tokenizer("good taste")["input_ids"] == ids
    plain = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert plain.config.label2id["yes"] == 1
    assert all(torch.equal(a, b) for a, b in zip(made.model.parameters(), plain.parameters(), strict=True))


def test_the_seed_says_the_weights() -> None:
    first, again = (new_encoder(["a b c"], LABELS, RECIPE).model.classifier.weight for _ in range(2))
    assert torch.equal(first, again)


@pytest.mark.parametrize(
    ("name", "longest", "changes"),
    [
        ("Bert", 40, {}),
        ("Roberta", 38, {"pad_token_id": 1}),  # its positions begin behind the padding's
        ("Electra", 40, {"embedding_size": 16}),
        ("Albert", 40, {"embedding_size": 16}),
        ("ModernBert", 40, {"global_attn_every_n_layers": 1}),
        ("DebertaV2", 40, {}),
    ],
)
def test_encoders_of_many_kinds_get_a_new_head(name: str, longest: int, changes, tmp_path: Path) -> None:
    found = encoder_of(save_base(tmp_path, name, **changes), LABELS, 0)
    assert found.labels == LABELS
    assert found.longest == longest
    ids = torch.full((2, longest), 7)
    assert found.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.shape == (2, 3)


def test_half_precision_becomes_float32_and_keeps_its_values(tmp_path: Path) -> None:
    save_base(tmp_path, dtype=torch.float16)
    found = encoder_of(tmp_path, LABELS, 0)
    assert {parameter.dtype for parameter in found.model.parameters()} == {torch.float32}
    stored = transformers.AutoModel.from_pretrained(tmp_path, dtype=torch.float16)
    kept = found.model.bert.encoder.layer[0].attention.self.query.weight
    assert torch.equal(kept, stored.encoder.layer[0].attention.self.query.weight.float())


def test_a_classifier_of_other_labels_gets_a_new_head(tmp_path: Path) -> None:
    save_base(tmp_path, head="ForSequenceClassification", num_labels=5)
    assert encoder_of(tmp_path, LABELS, 0).model.classifier.weight.shape[0] == 3


def test_a_masked_language_model_brings_no_pooler_and_is_accepted(tmp_path: Path) -> None:
    assert encoder_of(save_base(tmp_path, head="ForMaskedLM"), LABELS, 0).labels == LABELS


def refused(folder: Path) -> str:
    with pytest.raises(KnownError) as caught:
        encoder_of(folder, LABELS, 0)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_encoder_is_refused(tmp_path: Path) -> None:
    tiny_model("llama").save_pretrained(tmp_path / "llama")
    tiny_tokenizer().save_pretrained(tmp_path / "llama")
    assert "no encoder (LlamaForCausalLM)" in refused(tmp_path / "llama")
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    assert "an encoder-decoder without a language-model head (BartModel)" in refused(
        save_base(tmp_path / "bart", "Bart", **sizes, **heads)
    )
    decoder = save_base(tmp_path / "decoder", head="LMHeadModel", is_decoder=True)
    assert "no encoder (BertLMHeadModel)" in refused(decoder)
    (tmp_path / "network").mkdir()
    (tmp_path / "network" / "memviz.json").write_text('{"kind": "dnc"}', encoding="utf-8")
    assert "memory network (dnc)" in refused(tmp_path / "network")


def test_an_unknown_architecture_or_code_of_its_own_is_refused(tmp_path: Path) -> None:
    save_base(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "bertha"}), encoding="utf-8")
    assert f"transformers {transformers.__version__}" in refused(tmp_path)
    own = config | {"model_type": "bertha", "auto_map": {"AutoModel": "modeling.Bertha"}}
    (tmp_path / "config.json").write_text(json.dumps(own), encoding="utf-8")
    assert "program code of its own" in refused(tmp_path)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    save_base(tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    assert "pickled" in refused(tmp_path)


def test_a_tokenizer_without_a_pad_token_is_refused(tmp_path: Path) -> None:
    save_base(tmp_path)
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text(encoding="utf-8"))
    del settings["pad_token"]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    assert "no pad token" in refused(tmp_path)


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    assert "the model knows 100" in refused(save_base(tmp_path, vocab_size=100))


def test_missing_weights_are_named(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    save_base(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    name = next(name for name in weights if "query.weight" in name)
    del weights[name]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    assert name in refused(tmp_path)


def test_only_a_classifier_of_one_label_at_a_time_is_measured(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="is no classifier"):
        trained_classifier(save_base(tmp_path / "base"))
    several = save_base(
        tmp_path / "several", head="ForSequenceClassification", num_labels=3, problem_type="multi_label_classification"
    )
    with pytest.raises(KnownError, match="does not choose one"):
        trained_classifier(several)
