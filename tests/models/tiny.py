"""Tiny random models of many architectures, and a tokenizer, all built here: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

from memviz.core.entry import Entry
from memviz.models.causal.model import CausalLanguageModel
from memviz.models.prompts.template import PromptTemplate

VOCABULARY = 600
SENTENCES = [
    "Blade Runner was directed by Ridley Scott.",
    "The starring actors of Blade Runner are Harrison Ford and Rutger Hauer.",
    "Alien was released in 1979.",
    "Facts: Question: who directed Blade Runner? Answer: Ridley Scott",
    "电影的导演是谁？ 🎬",
]

_SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 256,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_GROUPED = _SIZES | {"num_key_value_heads": 2}

#: name -> (config class, arguments)
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("GPT2Config", {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}),
    "llama": ("LlamaConfig", _GROUPED),
    "qwen2": ("Qwen2Config", _GROUPED),
    "qwen3": ("Qwen3Config", _GROUPED | {"head_dim": 8}),
    "gemma": ("GemmaConfig", _GROUPED | {"head_dim": 8}),
    "mistral": ("MistralConfig", _GROUPED | {"sliding_window": 12}),
    "phi": ("PhiConfig", _SIZES),
    "gemma2": ("Gemma2Config", _GROUPED | {"head_dim": 8, "sliding_window": 12}),
    "bloom": ("BloomConfig", {"vocab_size": VOCABULARY, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "falcon": ("FalconConfig", _SIZES),
    "gpt_oss": (
        "GptOssConfig",
        _GROUPED | {"head_dim": 8, "num_local_experts": 2, "num_experts_per_tok": 1, "sliding_window": 12},
    ),
    "mpt": ("MptConfig", {"vocab_size": VOCABULARY, "d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 256}),
    "gpt_neox": ("GPTNeoXConfig", _SIZES),
    "opt": ("OPTConfig", _SIZES | {"ffn_dim": 64, "word_embed_proj_dim": 32}),
    "mixtral": ("MixtralConfig", _GROUPED | {"num_local_experts": 2, "num_experts_per_tok": 1, "sliding_window": 12}),
    "gemma3_text": ("Gemma3TextConfig", _GROUPED | {"head_dim": 8, "sliding_window": 12, "sliding_window_pattern": 2}),
    "phi3": ("Phi3Config", _GROUPED),
    "olmo2": ("Olmo2Config", _GROUPED),
    "stablelm": ("StableLmConfig", _GROUPED),
    "smollm3": ("SmolLM3Config", _GROUPED),
    "granite": ("GraniteConfig", _GROUPED),
    "mamba": ("MambaConfig", {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4}),
}


_T5: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 64,
    "num_layers": 2,
    "num_decoder_layers": 3,
    "num_heads": 4,
    "decoder_start_token_id": 0,
    "pad_token_id": 0,
    "eos_token_id": 2,
}
_BART: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": None,
}

#: Encoder-decoder models: name -> (config class, arguments)
SEQ2SEQ: dict[str, tuple[str, dict[str, Any]]] = {
    "t5": ("T5Config", _T5),
    "bart": ("BartConfig", _BART),
    "mbart": ("MBartConfig", _BART),
    "marian": ("MarianConfig", _BART | {"decoder_vocab_size": VOCABULARY}),
    "pegasus": ("PegasusConfig", _BART),
    "blenderbot": ("BlenderbotConfig", _BART),
}

_BERT = _SIZES | {"max_position_embeddings": 258}  # RoBERTa counts positions from 2 on

#: Encoders: name -> (config class, arguments)
ENCODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertConfig", _BERT),
    "roberta": ("RobertaConfig", _BERT),
    "distilbert": (
        "DistilBertConfig",
        {"vocab_size": VOCABULARY, "dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4, "pad_token_id": 0},
    ),
    "electra": ("ElectraConfig", _BERT | {"embedding_size": 16}),
    "albert": ("AlbertConfig", _BERT | {"embedding_size": 16}),
    "modernbert": ("ModernBertConfig", _BERT | {"local_attention": 12, "cls_token_id": 1, "sep_token_id": 2}),
    "xlm-roberta": ("XLMRobertaConfig", _BERT),
    "deberta-v2": (
        "DebertaV2Config",
        _BERT | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 32},
    ),
}


def tiny_model(name: str, seed: int = 0, **changes: Any) -> transformers.PreTrainedModel:
    """A random causal language model; weights are wide enough that attention is far from uniform."""
    model = _random(ARCHITECTURES[name], seed, AutoModelForCausalLM, changes)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model


def tiny_seq2seq(name: str, seed: int = 0, **changes: Any) -> transformers.PreTrainedModel:
    """A random encoder-decoder model; its output matrix is not its embedding, or it would repeat itself."""
    return _random(SEQ2SEQ[name], seed, AutoModelForSeq2SeqLM, changes)


def tiny_encoder(
    name: str, seed: int = 0, head: Any = AutoModelForMaskedLM, **changes: Any
) -> transformers.PreTrainedModel:
    """A random encoder with a head: an auto class of transformers, ``AutoModel`` for none."""
    return _random(ENCODERS[name], seed, head, changes)


def _random(
    architecture: tuple[str, dict[str, Any]], seed: int, head: Any, changes: dict[str, Any]
) -> transformers.PreTrainedModel:
    config_class, arguments = architecture
    config = getattr(transformers, config_class)(**(arguments | changes))
    for name in ("initializer_range", "init_std", "initializer_factor"):
        if hasattr(config, name):
            setattr(config, name, 1.0 if name == "initializer_factor" else 0.3)
    torch.manual_seed(seed)
    return head.from_config(config).eval()


def tiny_tokenizer(size: int = VOCABULARY, **options: Any) -> PreTrainedTokenizerFast:
    """Byte-level BPE trained on a few sentences, with special tokens."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(SENTENCES, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
        clean_up_tokenization_spaces=False,
        **options,
    )


def sentencepiece_tokenizer() -> PreTrainedTokenizerFast:
    """Like Llama's: spaces are ``▁``, the first word gets one, unknown characters become bytes."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *"abcdefghijklmnopqrstuvwxyz"]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e")]
    for left, right in merges:
        vocabulary[left + right] = len(vocabulary)
    backend = Tokenizer(models.BPE(vocabulary, merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )


def entries(*texts: str) -> list[Entry]:
    return [Entry(id=10 + i, key=f"key {i}", text=text) for i, text in enumerate(texts)]


def wrapped(model: transformers.PreTrainedModel, tokenizer: Any = None, **options: Any) -> CausalLanguageModel:
    """The model as memviz uses it; its answers end only by length unless the tokenizer says otherwise."""
    return CausalLanguageModel(model, tokenizer or tiny_tokenizer(), name="tiny", **options)


def short_template() -> PromptTemplate:
    return PromptTemplate("Facts:\n{entries}\nQuestion: {question}\nAnswer:")


def ids_of(tokenizer: Any, text: str) -> Sequence[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
