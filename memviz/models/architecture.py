"""Whether a model folder's configuration names an architecture that can be asked as a causal language model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from memviz.core.errors import KnownError


def check_causal_lm(config: Mapping[str, Any], name: str) -> None:
    """Looks only at names; nothing is built.

    Args:
        config: the folder's ``config.json``.
        name: of the model, for messages.

    Raises:
        KnownError: the architecture is unknown, needs code of its own, or is no causal language model.
    """
    import transformers
    from transformers.models.auto import modeling_auto as auto

    model_type = config.get("model_type")
    named = [str(architecture) for architecture in config.get("architectures") or []]
    if model_type not in auto.CONFIG_MAPPING_NAMES:
        words = named[0] if named else str(model_type or "no architecture")
        if "auto_map" in config:
            raise KnownError(
                f"“{name}” ({words}) needs program code of its own, which memviz does not run; choose a model that"
                f" transformers {transformers.__version__} knows."
            )
        raise KnownError(
            f"The config of “{name}” names {words} (model type “{model_type}”), which the installed transformers"
            f" {transformers.__version__} does not know; update transformers or choose another model."
        )
    causal = _names(auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)
    if (set(named) & causal) if named else model_type in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return
    words = named[0] if named else str(model_type)
    raise KnownError(f"“{name}” is {_what_it_is(words, config)} ({words}); choose a causal language model.")


def _names(*mappings: Mapping[str, Any]) -> set[str]:
    values: Iterable[Any] = chain.from_iterable(mapping.values() for mapping in mappings)
    return set(chain.from_iterable((value,) if isinstance(value, str) else value for value in values))


def _what_it_is(architecture: str, config: Mapping[str, Any]) -> str:
    from transformers.models.auto import modeling_auto as auto

    def named(*parts: str) -> bool:
        tables = (table for table in dir(auto) if table.endswith("_MAPPING_NAMES") and any(p in table for p in parts))
        return architecture in _names(*(getattr(auto, table) for table in tables))

    if named("SEQ_TO_SEQ_CAUSAL_LM") or config.get("is_encoder_decoder"):
        return "an encoder-decoder model"
    if named("IMAGE", "VIDEO", "DEPTH", "OBJECT_DETECTION", "KEYPOINT", "MULTIMODAL", "VISUAL"):
        return "an image model"
    if named("AUDIO", "SPEECH", "CTC", "WAVEFORM"):
        return "an audio model"
    if named("MASKED_LM", "CLASSIFICATION", "QUESTION_ANSWERING", "MULTIPLE_CHOICE", "NEXT_SENTENCE"):
        return "an encoder or classifier without a language-model head"
    if "vision_config" in config or "image_size" in config:
        return "an image model"
    return "a model without a language-model head"
