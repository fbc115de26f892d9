"""A real file forgets: no byte of what went is in any file of it, and the receipt proves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from memviz.core.edits import Delete, Insert, Update
from memviz.core.entry import Entry
from memviz.core.errors import Cancelled, KnownError
from memviz.core.forgetting import Wish
from memviz.core.progress import no_progress
from memviz.core.vectors import VectorRow
from memviz.session import forgetting
from memviz.session.forgetting_check import finished_receipt, verify
from memviz.session.memory_vectors import index_folder
from memviz.session.receipts import FINISHED, FORMAT, KIND, seal_of, write_receipt
from memviz.session.session import Session
from memviz.stores.redis.store import RedisStore
from memviz.stores.sqlite import SQLiteStore
from tests.stores.soundness import assert_sound

_LONG = "Anna wrote a whole letter. " + " ".join(f"Line {number} of “it”, 第{number}行." for number in range(900))
_ANNAS = [
    "Anna lives in Lisbon.",
    "安娜住在里斯本的老城区。",
    'Anna said "never mind"\nand left.',
    "Anna had a secret, long deleted.",
    "Anna's first wording of it.",
    "Anna's second wording of it.",
    "Anna's undone entry.",
    _LONG,
]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMVIZ_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "memory.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    """Bob's and Anna's, with history, vectors, an index folder, an undone edit, deleted entries, pinned questions."""
    store = SQLiteStore.open(path, create=True)
    store.load(
        [{"key": f"Bob · {number}", "text": f"Bob knows number {number}.", "owner": "Bob"} for number in range(400)],
        400,
    )
    store.apply([Insert(key="Anna · city", text=text, owner="Anna", tags=["安娜"]) for text in _ANNAS[:5]])
    store.apply([Update(405, text=_ANNAS[5]), Insert(text=_LONG, owner="Anna")])
    store.apply([Delete(404)])
    store.apply([Update(403, owner="Bob"), Insert(key="Bob · city", text="Bob lives in Lisbon.", owner="Bob")])
    store.apply([Insert(text=_ANNAS[6], owner="Anna")])
    store.undo()
    there = store.get(store.search_ids())
    store.put_vectors("space", [VectorRow(entry.id, entry.updated, np.full(8, 0.5, np.float32)) for entry in there])
    folder = index_folder(store.url, "space")
    folder.mkdir(parents=True)
    (folder / "index.json").write_text("{}")
    store.change_settings({"pinned_questions": ["Is it true that Anna lives in Lisbon.?", "where is Bob?"]})
    yield store
    store.close()


def _forget(store: SQLiteStore, receipt: Path, wish: Wish = Wish(owner="Anna")) -> dict[str, Any]:  # noqa: B008 - frozen
    found = forgetting.find(store, wish)
    return forgetting.forget(store, wish, found, receipt, initiator="test", told=lambda _: None)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _ways(text: str) -> list[bytes]:
    return [text.encode(), json.dumps(text, ensure_ascii=False)[1:-1].encode(), json.dumps(text)[1:-1].encode()]


def test_no_byte_is_left_in_any_file(store: SQLiteStore, path: Path, tmp_path: Path) -> None:
    before = b"".join(_bytes(tmp_path).values())
    assert all(any(way in before for way in _ways(text)) for text in _ANNAS[:7])
    receipt = _forget(store, tmp_path / "receipt.json")
    left = b"".join(_bytes(tmp_path).values())  # the receipt is one of them
    for text in (*_ANNAS[:7], "老城区", "wording of it", "Line 500 of", "第500行", '"安娜"'):
        assert not any(way in left for way in _ways(text)), text
    assert b"Bob knows number 7." in left
    assert not index_folder(store.url, "space").exists()
    assert receipt["removed"]["entries"] == 5
    assert receipt["removed"]["entries that were in the history only"] == 2
    assert receipt["removed"]["settings"] == ["pinned_questions"]
    assert receipt["removed"]["vectors"] == 5
    assert receipt["checked"]["found"] == []
    assert receipt["checked"]["remains"] == []
    assert receipt["checked"]["said by what was kept"] == []
    assert receipt["left"]["entries"] == store.count == 401
    store.close()
    assert_sound(path)
    assert not any(way in b"".join(_bytes(tmp_path).values()) for text in _ANNAS for way in _ways(text))


def test_what_a_kept_entry_says_too_is_named(store: SQLiteStore, tmp_path: Path) -> None:
    store.apply([Insert(key="Anna · city", text="It is said that Anna lives in Lisbon. Who knows?", owner="Bob")])
    receipt = _forget(store, tmp_path / "receipt.json")
    said = receipt["checked"]["said by what was kept"]
    assert [each["entries"] for each in said] == [[409], [409]]  # the key, and the text
    assert receipt["checked"]["found"] == []
    assert verify(store, receipt).problems == ()


def test_the_receipt_holds_and_tells_of_later_edits(store: SQLiteStore, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    _forget(store, path)
    receipt = finished_receipt(path)
    assert verify(store, receipt).problems == ()
    assert verify(store, receipt).remarks == ("All that was left is as it was.",)
    store.apply([Insert(text="something new"), Insert(text=_ANNAS[0])])
    verdict = verify(store, receipt)
    assert verdict.problems == ()
    assert any("says a forgotten text; it was changed since" in remark for remark in verdict.remarks)
    assert any("403 now" in remark for remark in verdict.remarks)


def test_the_receipt_has_hashes_only(store: SQLiteStore, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    _forget(store, path, Wish(search="Lisbon"))
    text = path.read_text("utf-8")
    assert "Lisbon" not in text
    assert "里斯本" not in text
    assert len(json.loads(text)["forgotten texts hashed"]) == 4  # two keys, two texts


@pytest.mark.parametrize("name", ["version", "ids", "left", "forgotten texts hashed", "begun"])
def test_an_altered_receipt_is_found_out(store: SQLiteStore, tmp_path: Path, name: str) -> None:
    receipt = _forget(store, tmp_path / "receipt.json")
    altered = {**receipt, name: {"version": 1, "ids": [[1, 2]], "left": {}, "begun": ""}.get(name, [])}
    assert verify(store, altered).problems == ("The receipt was altered: its seal does not fit what it says.",)
    resealed = {**receipt, "begun": "2001-01-01"}
    resealed["seal"] = seal_of(resealed)
    assert verify(store, resealed).problems == ("The memory was given another receipt for this forgetting.",)


@pytest.mark.parametrize(
    "parts",
    [
        *({name: None} for name in ("state", "memory", "version", "ids", "salt", "checked", "left", "removed", "seal")),
        {"forgotten texts hashed": "none"},
        {"ids": [[1, 10**12]]},
        {"ids": [["1", 2]]},
        {"ids": [[5, 2]]},
        {"salt": "no hash"},
        {"version": 2**70},
        {"checked": {"found": [{}]}},
        {"left": {"entries": "many"}},
    ],
    ids=str,
)
def test_a_receipt_that_makes_no_sense_is_refused(tmp_path: Path, parts: dict[str, Any]) -> None:
    whole = {"kind": KIND, "format": FORMAT, "state": FINISHED, "memory": "sqlite:///x", "version": 3, "ids": [[1, 2]]}
    whole |= {"salt": "00ff", "forgotten texts hashed": [], "checked": {}, "left": {"entries": 1}, "removed": {}}
    path = tmp_path / "receipt.json"
    write_receipt(path, whole)
    assert finished_receipt(path)["version"] == 3
    altered = {**whole, "seal": seal_of(whole), **parts}
    path.write_text(json.dumps({name: value for name, value in altered.items() if value is not None}))
    with pytest.raises(KnownError, match="was altered"):
        finished_receipt(path)


def test_an_older_copy_does_not_hold(store: SQLiteStore, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copies" / "copy.sqlite"
    copy.parent.mkdir()
    store._db.conn.execute("VACUUM INTO ?", (str(copy),))
    receipt = _forget(store, tmp_path / "receipt.json")
    with closing(SQLiteStore.open(copy)) as older:
        problems = verify(older, receipt).problems
    assert "This memory knows nothing of such a forgetting: it is another one, or an older copy." in problems
    assert "Entry 401 is in the memory." in problems
    assert "Entry 401 says a forgotten text." in problems


class _KilledError(Exception):
    pass


@pytest.mark.parametrize(
    "words", ["emptying the log", "writing the file anew", "searching every byte", "hashing what is left"]
)
def test_what_was_interrupted_is_finished(store: SQLiteStore, path: Path, tmp_path: Path, words: str) -> None:
    receipt = tmp_path / "receipt.json"
    wish = Wish(owner="Anna")

    def stop(_done: int, _total: int, said: str) -> None:
        if said == words:
            raise _KilledError

    with pytest.raises(_KilledError):
        forgetting.forget(
            store, wish, forgetting.find(store, wish), receipt, initiator="test", told=lambda _: None, progress=stop
        )
    with pytest.raises(KnownError, match="interrupted"):
        finished_receipt(receipt)
    store.close()
    with closing(SQLiteStore.open(path)) as again:
        assert again.notices
        finished = forgetting.finish(again, receipt)
        assert finished is not None
        assert finished["interrupted"]
        assert again.notices == ()
        assert verify(again, finished_receipt(receipt)).problems == ()
        assert forgetting.finish(again, None) is None
    assert not any(way in content for content in _bytes(tmp_path).values() for text in _ANNAS for way in _ways(text))


def test_a_lost_receipt_is_replaced(store: SQLiteStore, tmp_path: Path) -> None:
    way = store.forgetting
    way.remove(way.find(Wish(owner="Anna"), no_progress), "test", no_progress)
    finished = forgetting.finish(store, tmp_path / "new.json")
    assert finished is not None
    assert finished["ids"] == [[401, 406], [408, 408]]
    assert verify(store, finished_receipt(tmp_path / "new.json")).problems == ()


def test_cancelled_in_time_nothing_is_gone_and_later_nothing_stays(store: SQLiteStore, tmp_path: Path) -> None:
    wish, receipt = Wish(owner="Anna"), tmp_path / "receipt.json"
    found = forgetting.find(store, wish)

    def cancel_at(moment: str) -> None:
        def progress(_done: int, _total: int, words: str) -> None:
            if words == moment:
                raise Cancelled

        forgetting.forget(store, wish, found, receipt, initiator="test", told=lambda _: None, progress=progress)

    with pytest.raises(Cancelled):
        cancel_at("forgetting entries")
    assert store.count == 406
    assert not receipt.exists()
    cancel_at("writing the file anew")
    assert store.count == 401
    assert finished_receipt(receipt)


def test_bad_receipts_are_said_before_anything_is_changed(store: SQLiteStore, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("{}")
    for name, words in (("there.json", "there already"), ("no/where.json", "no folder"), (".", "is a folder")):
        with pytest.raises(KnownError, match=words):
            _forget(store, tmp_path / name)
    assert store.count == 406
    with pytest.raises(KnownError, match="no receipt of a forgetting"):
        finished_receipt(tmp_path / "there.json")


def test_a_reader_is_said_before_anything_is_changed(store: SQLiteStore, tmp_path: Path) -> None:
    with closing(store.snapshot()) as view:
        assert view.count
        store.apply([Insert(text="later")])
        with pytest.raises(KnownError, match="being read"):
            _forget(store, tmp_path / "receipt.json")
    assert store.count == 407
    assert not (tmp_path / "receipt.json").exists()


def test_samples_show_what_was_deleted_too(store: SQLiteStore) -> None:
    shown = forgetting.samples(store, forgetting.find(store, Wish(ids=(404, 408, 1))), 5)
    assert [(entry.id, entry.text) for entry in shown] == [
        (1, "Bob knows number 0."),
        (404, _ANNAS[3]),
        (408, _ANNAS[6]),
    ]


def test_a_session_tells_its_listeners_and_searches_vectors_again(
    store: SQLiteStore, path: Path, tmp_path: Path
) -> None:
    store.close()
    with Session() as session:
        session.open_memory(str(path)).result()
        session.use_embedder("builtin").result()
        heard = []
        session.on_change(heard.append)
        wish = Wish(owner="Anna")
        found, shown = session.find_to_forget(wish).result()
        assert all(isinstance(entry, Entry) for entry in shown)
        receipt = session.forget(wish, found, tmp_path / "receipt.json").result()
        assert [(change.kind, len(change.deleted)) for change in heard] == [("forget", 5)]
        assert receipt["checked"]["found"] == []
        assert session.forgotten_among([1, 401, 404]).result() == {401, 404}
        state = session.ensure_embedder().result()
        assert (state.done, state.total) == (401, 401)
        index = session.dense
        assert index is not None
        assert 401 not in {match.entry_id for match in index.search("Anna lives in Lisbon.", limit=500)}
    assert not any(way in content for content in _bytes(tmp_path).values() for text in _ANNAS for way in _ways(text))


def test_a_memory_on_a_server_says_what_to_do_instead() -> None:
    assert not hasattr(RedisStore, "forgetting")
    with pytest.raises(KnownError, match=r"is on a server.*copy it into a file"):
        forgetting.forgetting_of(SimpleNamespace(url="redis://host/notes"))  # type: ignore[arg-type]
