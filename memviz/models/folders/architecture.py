"""Which kind of transformer a model folder's configuration names, and whether memviz can ask it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from memviz.core.errors import KnownError
from memviz.models.folders.model_folder import CAUSAL_LM, ENCODER, SEQ2SEQ_LM, sense_of


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a configuration names.

    Attributes:
        kind: of model, as in the registry: ``causal-lm``, ``seq2seq-lm`` or ``encoder``.
        loader: name of the class of transformers that loads it.
        head: what stands on an encoder: ``words`` (masked-word prediction), ``labels`` (a classifier of texts) or
            ``none``; empty for the other kinds.
        dropped: class of a head that memviz does not use, where there is one; the encoder under it is loaded.
    """

    kind: str
    loader: str
    head: str = ""
    dropped: str = ""


def check_architecture(config: Mapping[str, Any], name: str) -> Architecture:
    """Looks only at names; nothing is built.

    Args:
        config: the folder's ``config.json``.
        name: of the model, for messages.

    Raises:
        KnownError: the architecture is unknown, needs code of its own, or is none of the three kinds.
    """
    from transformers.models.auto import modeling_auto as auto

    model_type = str(config.get("model_type"))
    given = config.get("architectures")
    named = [given] if isinstance(given, str) else [str(one) for one in given] if isinstance(given, list) else []
    if model_type not in auto.CONFIG_MAPPING_NAMES:
        raise _unknown(config, name, named)

    def is_one(mapping: Mapping[str, Any]) -> bool:
        return bool(set(named) & _names(mapping)) if named else model_type in mapping

    # Some classes stand in several tables (a T5 is found by the causal one, too), so what reads a source comes first.
    if is_one(auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES) and not _other_senses(config, named):
        return Architecture(SEQ2SEQ_LM, "AutoModelForSeq2SeqLM")
    if is_one(auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES) and not (not named and _is_encoder(config)):
        return Architecture(CAUSAL_LM, "AutoModelForCausalLM")
    if model_type in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES and not config.get("is_encoder_decoder"):
        return _encoder(auto, named)
    words = named[0] if named else str(model_type)
    raise KnownError(
        f"“{name}” is {_what_it_is(words, config)} ({words}); choose a causal language model, an encoder-decoder or an"
        " encoder."
    )


def _is_encoder(config: Mapping[str, Any]) -> bool:
    """Of a configuration without a class: whether its type is an encoder's (BERT can be made causal as well)."""
    from transformers.models.auto import modeling_auto as auto

    return config.get("model_type") in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES and not config.get("is_decoder")


def _encoder(auto: Any, named: list[str]) -> Architecture:
    if not named or set(named) & _names(
        auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES, auto.MODEL_FOR_PRETRAINING_MAPPING_NAMES
    ):
        return Architecture(ENCODER, "AutoModelForMaskedLM", "words")
    if set(named) & _names(auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES):
        return Architecture(ENCODER, "AutoModelForSequenceClassification", "labels")
    if set(named) & _names(auto.MODEL_MAPPING_NAMES):
        return Architecture(ENCODER, "AutoModel", "none")
    return Architecture(ENCODER, "AutoModel", "none", dropped=named[0])


def _unknown(config: Mapping[str, Any], name: str, named: list[str]) -> KnownError:
    import transformers

    words = named[0] if named else str(config.get("model_type") or "no architecture")
    if "auto_map" in config:
        return KnownError(
            f"“{name}” ({words}) needs program code of its own, which memviz does not run; choose a model that"
            f" transformers {transformers.__version__} knows."
        )
    return KnownError(
        f"The config of “{name}” names {words} (model type “{config.get('model_type')}”), which the installed"
        f" transformers {transformers.__version__} does not know; update transformers or choose another model."
    )


def _names(*mappings: Mapping[str, Any]) -> set[str]:
    values: Iterable[Any] = chain.from_iterable(mapping.values() for mapping in mappings)
    return set(chain.from_iterable((value,) if isinstance(value, str) else value for value in values))


def _other_senses(config: Mapping[str, Any], named: list[str]) -> bool:
    """Whether it hears or sees: some of those stand among the models that read text."""
    words = named[0] if named else ""
    return bool(words) and _sense(words, config) != ""


def _sense(architecture: str, config: Mapping[str, Any]) -> str:
    from transformers.models.auto import modeling_auto as auto

    def named(*parts: str) -> bool:
        tables = (table for table in dir(auto) if table.endswith("_MAPPING_NAMES") and any(p in table for p in parts))
        return architecture in _names(*(getattr(auto, table) for table in tables))

    if named("IMAGE", "VIDEO", "DEPTH", "OBJECT_DETECTION", "KEYPOINT", "MULTIMODAL", "VISUAL"):
        return "an image model"
    if named("AUDIO", "SPEECH", "CTC", "WAVEFORM"):
        return "an audio model"
    return sense_of(config)


def _what_it_is(architecture: str, config: Mapping[str, Any]) -> str:
    if sense := _sense(architecture, config):
        return sense
    if config.get("is_encoder_decoder"):
        return "an encoder-decoder without a language-model head"
    return "a model without a language-model head"
