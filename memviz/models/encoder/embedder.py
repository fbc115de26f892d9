"""An encoder as what makes the vectors of a memory: many short texts at once, at length 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from memviz.core.errors import BugError, KnownError
from memviz.core.progress import Progress, no_progress
from memviz.core.text import cjk_share
from memviz.models.encoder.model import readable_tokens
from memviz.models.encoder.pooling import Pooling, pooling_of
from memviz.models.encoder.scripts import reads_chinese
from memviz.models.encoder.sentence_folder import Prefixes, check_sentence_folder, digest_of, longest_of, prefixes_of
from memviz.models.folders.architecture import Architecture
from memviz.models.folders.model_folder import ENCODER, ModelFolder
from memviz.models.limits import context_length
from memviz.models.machine_limits import limits_known
from memviz.models.prompts.known_tokens import check_vocabulary
from memviz.models.release import release
from memviz.models.threads import threads_for, use_threads
from memviz.models.transformer import Maker, load_with

#: What is read at once: more makes a query wait longer for its turn, less wastes time on the way into torch.
_MOST_TEXTS, _MOST_TOKENS = 32, 2_048


class EncoderEmbedder:
    """Implements ``core.vectors.Embedder``.

    Args:
        model: a transformers encoder; put into eval mode.
        tokenizer: its tokenizer.
        name: for messages and the space.
        digest: of the model's files.
        pooling: how tokens become one vector.
        prefixes: what is put before questions and before entries.
        most_tokens: that the model can read; None where nothing sets a limit.

    Attributes:
        truncated: how many of the texts so far had more tokens than the model can read, so that their end was left out.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Any,
        *,
        name: str,
        digest: str,
        pooling: Pooling,
        prefixes: Prefixes,
        most_tokens: int | None,
    ) -> None:
        self._model: PreTrainedModel | None = model.eval()
        self._tokenizer = tokenizer
        self._name = name
        self._pooling = Pooling(pooling.mode, normalised=True)
        self._prefixes = prefixes
        self._most_tokens = most_tokens
        self._threads = threads_for(sum(parameter.numel() for parameter in model.parameters()))
        self._dimension = int(model.config.get_text_config().hidden_size)
        self._space = f"{name} {digest} · {self._dimension} · {pooling.mode}{prefixes.words}"
        self._reads_chinese = reads_chinese(tokenizer)
        self.truncated = 0

    @property
    def space(self) -> str:
        return self._space

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        """Vectors [B, D] of length 1; 0 for a text without words.

        Raises:
            KnownError: the tokenizer is another model's, out of memory, broken numbers.
        """
        model = self._loaded()
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        prefix = self._prefixes.query if query else self._prefixes.passage
        places = [place for place, text in enumerate(texts) if text.strip()]
        if not places:
            return vectors
        ids = self._tokens([prefix + texts[place] for place in places])
        use_threads(self._threads)
        for batch in self._batches(ids):
            vectors[[places[at] for at in batch]] = self._read(model, [ids[at] for at in batch])
        if not np.isfinite(vectors).all():
            raise KnownError(
                f"“{self._name}” makes vectors that are not finite (NaN); choose another encoder, or load it as"
                " float32."
            )
        return vectors

    def understands(self, text: str) -> float:
        """1, less what is Chinese where the tokenizer was not made for that."""
        return 1.0 if self._reads_chinese else 1.0 - cjk_share(text)

    def close(self) -> None:
        """Lets go of the weights; it cannot embed any more. May be called twice."""
        self._model = None
        release()

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, those that are too long cut as the tokenizer cuts them."""
        found = self._tokenizer(texts, verbose=False, padding=False, truncation=False)["input_ids"]
        ids: list[list[int]] = [list(one) for one in found]
        if self._most_tokens is None:
            return ids
        for at, one in enumerate(ids):
            if len(one) > self._most_tokens:
                self.truncated += 1
                cut = self._tokenizer(texts[at], truncation=True, max_length=self._most_tokens, verbose=False)
                ids[at] = list(cut["input_ids"])
        return ids

    def _batches(self, ids: list[list[int]]) -> Iterator[list[int]]:
        """Places of texts that are read at once: of like length, or of the same one where nothing pads."""
        order = sorted((at for at in range(len(ids)) if ids[at]), key=lambda at: len(ids[at]))
        batch: list[int] = []
        for at in order:
            longest = len(ids[at])
            full = len(batch) == _MOST_TEXTS or (len(batch) + 1) * longest > _MOST_TOKENS
            other = self._pad is None and batch and len(ids[batch[0]]) != longest
            if batch and (full or other):
                yield batch
                batch = []
            batch.append(at)
        if batch:
            yield batch

    @property
    def _pad(self) -> int | None:
        pad = getattr(self._tokenizer, "pad_token_id", None)
        return pad if isinstance(pad, int) else None

    def _read(self, model: PreTrainedModel, ids: list[list[int]]) -> NDArray[np.float32]:
        """float32 [B, D]; padded on the right, where it moves no position."""
        longest = max(map(len, ids))
        tokens = torch.full((len(ids), longest), self._pad or 0)
        mask = torch.zeros_like(tokens)
        for row, one in enumerate(ids):
            check_vocabulary(model, one, self._name)
            tokens[row, : len(one)] = torch.tensor(one)
            mask[row, : len(one)] = 1
        tokens, mask = tokens.to(model.device), mask.to(model.device)
        with torch.inference_mode(), limits_known():
            states = model.base_model(input_ids=tokens, attention_mask=mask).last_hidden_state
            pooled: NDArray[np.float32] = self._pooling.pooled(states.float(), mask).cpu().numpy()
        return pooled

    def _loaded(self) -> PreTrainedModel:
        if self._model is None:
            raise BugError(f"the embedder “{self._name}” is asked after it was closed")
        return self._model


def load_embedder(
    folder: Path,
    *,
    name: str = "",
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    device: str = "cpu",
    dtype: str = "auto",
    progress: Progress = no_progress,
) -> EncoderEmbedder:
    """An embedder of an encoder in Hugging Face format, or of a sentence-transformers folder.

    Args:
        name: for messages and the space; empty: the folder's.
        query_prefix, passage_prefix: put before questions and entries; None: as the folder says.

    Raises:
        KnownError: it is no encoder, or anything about the folder or the memory that the user can mend.
        Cancelled: from ``progress``.
    """
    check_sentence_folder(folder)

    def choose(architecture: Architecture, model_name: str) -> Maker[EncoderEmbedder]:
        if architecture.kind != ENCODER:
            kind = {"causal-lm": "a causal language model", "seq2seq-lm": "an encoder-decoder"}[architecture.kind]
            raise KnownError(
                f"“{model_name}” is {kind}, not an encoder; choose an encoder such as “minilm”, or “builtin”."
            )
        return make

    def make(model: Any, tokenizer: Any, checked: ModelFolder, architecture: Architecture) -> EncoderEmbedder:
        del architecture
        readable = readable_tokens(context_length(model, tokenizer), model, tokenizer)
        return EncoderEmbedder(
            model,
            tokenizer,
            name=name or checked.name,
            digest=digest_of(folder),
            pooling=pooling_of(folder),
            prefixes=prefixes_of(folder).with_given(query_prefix, passage_prefix),
            most_tokens=min(filter(None, (readable, longest_of(folder))), default=None),
        )

    return load_with(choose, str(folder), device=device, dtype=dtype, progress=progress)
