"""Story files as memories, and their questions at their places."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.models.memn2n.config import MemN2NConfig
from memviz.models.memn2n.network import EndToEndMemoryNetwork
from memviz.models.memn2n.story_model import StoryModel
from memviz.session.attention import attention_shares
from memviz.session.bundled import model_folder
from memviz.session.session import Session
from memviz.session.stories import query_of_line, story_file, story_memory, story_queries, unpack_stories

TEXT = """1 Mary went to the garden.
2 John went home.
3 Where is Mary?\tgarden\t1
4 Mary slept.
5 Where is John?\thome\t2
1 Sandra went to the office.
2 Where is Sandra?\toffice\t1
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "qa1_where_test.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def story_model(slots: int = 5) -> StoryModel:
    torch.manual_seed(0)
    words = ("garden", "home", "is", "john", "mary", "office", "sandra", "slept", "the", "to", "went", "where")
    return StoryModel(EndToEndMemoryNetwork(MemN2NConfig(vocabulary=words, width=8, slots=slots)), name="stories")


def test_sentences_become_entries_in_order(path: Path) -> None:
    with Session() as session:
        info = session.open_memory(str(path)).result()
        assert (info.name, info.count) == ("qa1_where_test", 4)
        entries = session.entries()
        assert [entry.text for entry in entries] == [
            "Mary went to the garden.",
            "John went home.",
            "Mary slept.",
            "Sandra went to the office.",
        ]
        assert [entry.source for entry in entries] == ["story 1"] * 3 + ["story 2"]


def test_questions_know_their_place_and_what_is_right(path: Path) -> None:
    queries = story_queries(path)
    assert [query.text for query in queries] == ["Where is Mary?", "Where is John?", "Where is Sandra?"]
    assert [(query.source, query.before) for query in queries] == [("story 1", 3), ("story 1", 4), ("story 2", 5)]
    assert [query.expected for query in queries] == ["garden", "home", "office"]
    assert [query.supporting for query in queries] == [(1,), (2,), (4,)]
    assert query_of_line(path, 5) == queries[1]
    with pytest.raises(KnownError, match="line 3"):
        query_of_line(path, 4)


def test_a_question_is_answered_from_its_story_up_to_its_place(path: Path) -> None:
    with Session() as session:
        session.open_memory(str(path)).result()
        session.use_model(story_model()).result()
        seen = []
        for query in story_queries(path):
            prompt = session.ask(query).wait().trace.prompt
            seen.append([slot.entry_id for slot in prompt.slots])
        assert seen == [[1, 2], [1, 2, 3], [4]]


def test_an_edited_sentence_is_read_and_a_typed_one_too(path: Path) -> None:
    with Session() as session:
        session.open_memory(str(path)).result()
        session.use_model(story_model()).result()
        query = story_queries(path)[0]
        before = session.ask(query).wait().trace.read(0).read_weights
        session.edit(Update(1, text="John slept."))
        after = session.ask(query).wait()
        assert after.trace.prompt.slots[0].label == "John slept."
        assert (after.trace.read(0).read_weights != before).any()
        session.edit(Insert(text="Mary went home."))
        newest = session.ask("Where is Mary?").wait().trace.prompt.slots[-1]
        assert newest.label == "Mary went home."


def test_dropped_sentences_and_unknown_words_are_said(path: Path) -> None:
    with Session() as session:
        session.open_memory(str(path)).result()
        session.use_model(story_model(slots=2)).result()
        run = session.ask("Where is the elephant?").wait()
        said = " ".join(notice.message for notice in run.trace.notices)
        assert "elephant" in said
        assert "dropped" in said
        assert [row.status for row in run.entries()] == ["injected", "injected", "cut", "cut"]
        assert run.answer


def test_a_question_before_any_sentence_gets_a_sentence(tmp_path: Path) -> None:
    with Session() as session:
        session.open_memory(str(tmp_path / "empty.sqlite"), create=True).result()
        session.use_model(story_model()).result()
        run = session.ask("Where is Mary?").wait()
        assert any("told" in notice.message for notice in run.trace.notices)


def test_edits_stay_with_their_content(path: Path) -> None:
    first = story_memory(path)
    assert unpack_stories(path) == first
    written = first.stat().st_mtime_ns
    assert unpack_stories(path).stat().st_mtime_ns == written
    path.write_text(TEXT.replace("Mary", "Lily"), encoding="utf-8")
    assert unpack_stories(path) != first


@pytest.mark.parametrize("text", ["", "hello\n", "1 Mary went home.\n", "1 Where is she?\t\n"])
def test_a_file_that_holds_no_stories_is_refused(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with Session() as session, pytest.raises(KnownError, match=path.name):
        session.open_memory(str(path)).result()


def test_the_sample_stories_open_by_name_and_the_shipped_network_reads_them(path: Path) -> None:
    with Session() as session:
        info = session.open_memory("stories").result()
        assert info.name == "stories"
        session.load_model("memn2n-babi").result()
        queries = story_queries(story_file("stories"))
        right = sum(session.ask(query).wait().answer == query.expected for query in queries)
        assert right >= len(queries) - 2


def test_a_network_of_the_hub_opens_from_the_local_cache(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "models--someone--stories"
    shutil.copytree(model_folder("memn2n-babi"), repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc", encoding="utf-8")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with Session() as session:
        model = session.load_model("someone/stories").result()
        assert (model.name, session.model_name) == ("someone/stories", "someone/stories")
        session.open_memory("stories").result()
        query = story_queries(story_file("stories"))[0]
        assert session.ask(query).wait().answer == query.expected
        (repository / "snapshots" / "abc" / "memviz.json").write_text('{"kind": "tape"}', encoding="utf-8")
        with pytest.raises(KnownError, match="“tape”"):
            session.load_model("someone/stories").result()
        assert session.model is model


def test_the_shipped_dnc_answers_from_the_sentence_that_tells(path: Path) -> None:
    with Session() as session:
        session.open_memory("stories").result()
        session.load_model("dnc-stories").result()
        for query in story_queries(story_file("stories"))[:3]:
            run = session.ask(query).wait()
            shares = attention_shares(run.trace)
            assert run.answer == query.expected
            assert max(shares, key=shares.__getitem__) in query.supporting


def test_a_path_is_never_looked_up_on_the_hub_and_may_begin_at_home(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def downloaded(name: str, _: object) -> Path:
        raise AssertionError(f"{name} is not a hub name")

    monkeypatch.setattr("memviz.models.folders.model_hub.downloaded", downloaded)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    shutil.copytree(model_folder("memn2n-babi"), tmp_path / "mine")
    with Session() as session:
        assert session.load_model("~/mine").result().name == "mine"
        with pytest.raises(KnownError, match="no model folder"):
            session.load_model("./gpt2").result()
