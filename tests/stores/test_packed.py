"""Packs, and the memory that is unpacked from one."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from memviz.core.errors import BugError, Cancelled, KnownError
from memviz.core.facts import Fact
from memviz.core.resources import resource_path
from memviz.stores.movies import SOURCE, build_movie_pack, read_knowledge_base
from memviz.stores.pack_format import read_header, read_pack, write_pack
from memviz.stores.packed import unpack
from memviz.stores.sqlite import SQLiteStore

_EXCERPT = """\
Blade Runner|directed_by|Ridley Scott
Blade Runner|has_genre|Science Fiction
Blade Runner|has_genre|Thriller
Blade Runner|starred_actors|Harrison Ford
Blade Runner|starred_actors|Rutger Hauer
$9.99|release_year|2008
$9.99|has_imdb_rating|famous
It|written_by|Stephen King
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    kb = tmp_path / "kb.txt"
    kb.write_text(_EXCERPT, "utf-8")
    assert build_movie_pack(kb, tmp_path / "movies.pack") == 6
    return tmp_path / "movies.pack"


def test_facts_go_in_and_come_out(pack: Path, tmp_path: Path) -> None:
    facts = list(read_pack(pack))
    assert facts == list(read_knowledge_base(tmp_path / "kb.txt"))
    assert facts[2] == Fact("Blade Runner", "starred_actors", ("Harrison Ford", "Rutger Hauer"))
    assert (read_header(pack).entries, read_header(pack).source) == (6, SOURCE)


def test_unpacked_memory(pack: Path, path: Path) -> None:
    seen: list[tuple[int, int]] = []
    unpack(pack, path, lambda done, total, words: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 6), (6, 6))
    store = SQLiteStore.open(path)
    assert (store.count, store.version, store.history()) == (6, 1, [])
    entries = store.get([1, 2, 5])
    assert [(entry.key, entry.text, entry.source) for entry in entries] == [
        ("Blade Runner · director", "Blade Runner was directed by Ridley Scott.", SOURCE),
        ("Blade Runner · genre", "Blade Runner has the genre Science Fiction, Thriller.", SOURCE),
        ("$9.99 · rating", "$9.99 has the rating famous.", SOURCE),
    ]
    assert list(store.search_ids("rutger")) == [3]
    snapshot = store.snapshot()
    assert snapshot.with_subject(["9 99", "it"]) == {4: "9 99", 5: "9 99", 6: "it"}
    snapshot.close()
    assert store.undo() is None
    store.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["kb.txt", "memory.sqlite", "movies.pack"]


def test_cancelled_unpacking_leaves_nothing(pack: Path, path: Path) -> None:
    def cancel(done: int, total: int, words: str) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        unpack(pack, path, cancel)
    assert sorted(file.name for file in path.parent.iterdir()) == ["kb.txt", "movies.pack"]


def test_bad_packs(pack: Path, path: Path) -> None:
    whole = pack.read_bytes()
    bad = {
        "cut.pack": whole[: len(whole) // 2],
        "text.pack": b"no pack at all",
        "empty.pack": b"",
        "other.pack": lzma.compress(b'{"format": "another"}\n'),
    }
    for name, content in bad.items():
        pack.with_name(name).write_bytes(content)
    for name in (*bad, "absent.pack"):
        with pytest.raises(KnownError, match=f"{name}.*; install memviz again"):
            unpack(pack.with_name(name), path)
    assert not list(path.parent.glob("*.sqlite*"))


def test_unpacking_where_there_is_no_folder(pack: Path, tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="absent"):
        unpack(pack, tmp_path / "absent" / "m.sqlite")


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    kb = tmp_path / "kb.txt"
    kb.write_text("A|directed_by|B\nno triple\n", "utf-8")
    with pytest.raises(KnownError, match=r"Line 2 of .*kb.txt"):
        build_movie_pack(kb, tmp_path / "x.pack")
    with pytest.raises(BugError):
        write_pack(tmp_path / "x.pack", [Fact("A|B", "directed_by", ("C",))], "")


def test_loading_into_a_memory_with_entries(store: SQLiteStore) -> None:
    from memviz.core.edits import Insert

    store.apply([Insert(text="red first")])
    change = store.load(({"text": f"red {n}", "owner": "Ann"} for n in range(5_000)), 5_000)
    assert (change.kind, change.version, store.count) == ("load", 2, 5_001)
    assert len(store.search_ids("red")) == 5_001
    with pytest.raises(KnownError, match="needs a text"):
        store.load([{"text": "kept?"}, {"text": ""}], 2)
    assert (store.version, store.count) == (2, 5_001)
    store.undo()
    assert store.count == 5_000


def test_the_movie_memory_that_ships() -> None:
    path = resource_path("memories", "movies.pack")
    assert read_header(path).entries == sum(1 for _ in read_pack(path)) == 78_962
    assert path.stat().st_size < 1_500_000
    licence = resource_path("memories", "movies.LICENSE.txt").read_text("utf-8")
    assert "CC BY 3.0" in licence
    assert "MetaQA" in licence


@pytest.mark.data
def test_the_movie_memory_is_made_from_the_knowledge_base(data_sets: Path, tmp_path: Path) -> None:
    build_movie_pack(data_sets / "metaqa" / "kb.txt", tmp_path / "movies.pack")
    made, shipped = tmp_path / "movies.pack", resource_path("memories", "movies.pack")
    assert list(read_pack(made)) == list(read_pack(shipped))
