"""Key-value memories as memory models: events, answers, and what bad input gets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from memviz.core.entry import Entry
from memviz.core.errors import KnownError
from memviz.core.events import FinishEvent, NoticeEvent, OutputEvent, PromptEvent, ReadEvent
from memviz.core.facts import Fact, render
from memviz.core.query import Query
from memviz.models.kv_memnn.config import KVConfig
from memviz.models.kv_memnn.facts_model import FactsModel
from memviz.models.kv_memnn.network import KeyValueMemoryNetwork
from memviz.models.kv_memnn.ngram_model import NGramModel
from memviz.models.kv_memnn.ngrams import ngrams
from memviz.models.load_network import load_kv_memnn

FACTS = (
    Fact("Alien", "directed_by", ("Ridley Scott",)),
    Fact("Blade Runner", "directed_by", ("Ridley Scott",)),
    Fact("Blade Runner", "written_by", ("Philip K. Dick", "Hampton Fancher")),
)
ENTRIES = [Entry(number, *render(fact)) for number, fact in enumerate(FACTS, 11)]
FILMS = [Entry(1, "教父", "犯罪片，马龙·白兰度主演"), Entry(2, "星球大战", "科幻片，哈里森·福特主演")]


def network() -> KeyValueMemoryNetwork:
    """Knows two words by hand: “directed” asks for directors, “wrote” for writers; “films” for what was directed."""
    torch.manual_seed(0)
    config = KVConfig(
        vocabulary=("directed", "films", "wrote"),
        weights=(1.0, 1.0, 1.0),
        relations=("directed_by", "written_by"),
        word_width=4,
    )
    made = KeyValueMemoryNetwork(config)
    with torch.no_grad():
        made.words.weight.zero_()
        made.relations.zero_()
        for word, relation in ((1, 0), (3, 1), (2, 2)):  # directed_by, written_by, the inverse of directed_by
            made.words.weight[word, relation] = made.relations[relation, relation] = 3.0
    return made


def run(model, question: str, entries=ENTRIES):
    return list(model.run(Query(question), entries, None))


def test_a_run_shows_statements_weights_and_candidates() -> None:
    events = run(FactsModel(network(), name="kv"), "who wrote Blade Runner?")
    prompt, read, output, finish = events
    assert isinstance(prompt, PromptEvent)
    assert prompt.slots[0].label.startswith("Blade Runner · ")
    assert {slot.entry_id for slot in prompt.slots} == {12, 13}  # Alien is not reached in one hop
    assert isinstance(read, ReadEvent)
    assert read.read_weights.shape == (1, len(prompt.slots))
    assert read.read_weights.sum() == pytest.approx(1.0)
    best = [prompt.slots[at].label for at in np.argsort(-read.read_weights[0])[:2]]
    assert set(best) == {
        "Blade Runner · written_by → Philip K. Dick",
        "Blade Runner · written_by → Hampton Fancher",
    }
    assert isinstance(output, OutputEvent)
    assert isinstance(finish, FinishEvent)
    assert set(finish.answer.split("; ")) == {"Philip K. Dick", "Hampton Fancher"}
    assert output.text == finish.answer
    assert {alternative.text for alternative in output.alternatives} >= {"Ridley Scott"}


def test_the_inverse_direction_lists_all_right_answers() -> None:
    assert set(run(FactsModel(network(), name="kv"), "which films did Ridley Scott make")[-1].answer.split("; ")) == {
        "Alien",
        "Blade Runner",
    }


def test_an_edited_entry_changes_the_answer() -> None:
    edited = [Entry(12, "Blade Runner · director", "Blade Runner was directed by Jane Campion."), ENTRIES[2]]
    assert run(FactsModel(network(), name="kv"), "who directed Blade Runner?", edited)[-1].answer == "Jane Campion"


def test_nothing_in_reach_is_said_in_a_sentence() -> None:
    events = run(FactsModel(network(), name="kv"), "who directed Jaws?")
    assert any(isinstance(event, NoticeEvent) for event in events)
    assert events[-1].answer == ""
    assert run(FactsModel(network(), name="kv"), "?", [Entry(1, "a", "no statement")])[-1].answer == ""


def test_each_hop_is_a_step_and_says_what_was_read() -> None:
    torch.manual_seed(1)
    made = KeyValueMemoryNetwork(KVConfig(relations=("directed_by", "written_by"), hops=3))
    events = run(FactsModel(made, name="kv"), "Ridley Scott")
    reads = [event for event in events if isinstance(event, ReadEvent)]
    outputs = [event for event in events if isinstance(event, OutputEvent)]
    assert [event.step for event in reads] == [event.step for event in outputs] == [0, 1, 2]
    assert [output.text for output in outputs[:2]] == ["", ""]
    first, prompt = reads[0], events[0]
    read: dict[str, float] = {}
    for slot, weight in zip(prompt.slots, first.read_weights[0], strict=True):
        value = slot.label.split(" → ")[1]
        read[value] = read.get(value, 0.0) + float(weight)
    told = outputs[0].alternatives[0]
    assert read[told.text] == max(read.values()) == pytest.approx(np.exp(told.logprob))
    again = run(FactsModel(made, name="kv"), "Ridley Scott")
    for one, other in zip(reads, [event for event in again if isinstance(event, ReadEvent)], strict=True):
        assert np.array_equal(one.read_weights, other.read_weights)


def test_the_seeds_example_is_read_from_its_entry_in_chinese() -> None:
    _, read, _, finish = run(NGramModel("kv-ngram"), "星球大战", FILMS)
    assert read.read_weights[0, 1] >= 0.99
    assert finish.answer == "科幻片，哈里森·福特主演"
    assert run(NGramModel("kv-ngram"), "谁主演了教父？", FILMS)[-1].answer == FILMS[0].text


def test_any_entries_do_also_without_keys_and_in_other_scripts() -> None:
    entries = [Entry(1, "", "Ada likes green tea."), Entry(2, "", "Bob likes coffee."), Entry(3, "tea · price", "4 €")]
    assert run(NGramModel("kv-ngram"), "what does Ada like?", entries)[-1].answer == "Ada likes green tea."
    assert run(NGramModel("kv-ngram"), "the price of tea", entries)[-1].answer == "4 €"
    assert run(NGramModel("kv-ngram"), "!!!", entries)[-1].answer  # no words: all keys are alike
    assert run(NGramModel("kv-ngram"), "?", [])[-1].answer == ""


def test_ngrams_of_words_and_of_chinese() -> None:
    assert set(ngrams("Tea")) == {"<tea>", "<te", "tea", "ea>", "<tea", "tea>"}
    assert set(ngrams("星球")) == {"星", "球", "星球"}
    assert not ngrams("?!")


def test_a_checkpoint_of_another_model_or_size_is_refused(tmp_path: Path) -> None:
    network().save_pretrained(tmp_path)
    assert load_kv_memnn(str(tmp_path)).name == tmp_path.name
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "word_width": 8}), encoding="utf-8")
    with pytest.raises(KnownError, match="train it again"):
        load_kv_memnn(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"slots": 5}), encoding="utf-8")
    with pytest.raises(KnownError, match="KeyValueMemoryNetwork"):
        load_kv_memnn(str(tmp_path))
    (tmp_path / "config.json").unlink()
    with pytest.raises(KnownError, match=r"config\.json"):
        load_kv_memnn(str(tmp_path))
