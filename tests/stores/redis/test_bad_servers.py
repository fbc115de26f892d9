"""What a server may do to us, a sentence each; nothing is lost by it."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from memviz.core.edits import Insert, Update
from memviz.core.errors import KnownError
from memviz.stores.redis import address, committing, durability, link, wire
from memviz.stores.redis.address import parse_address, without_password
from tests.redis_servers import Server, free_port, has_replica, server
from tests.stores.redis.conftest import Open
from tests.stores.redis.test_together import _all


@pytest.fixture(autouse=True)
def _no_password_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "_known", {})
    monkeypatch.delenv("REDISCLI_AUTH", raising=False)


def test_no_server(client: Open) -> None:
    with pytest.raises(KnownError, match=r"does not answer .* check its address"):
        client("ann", f"redis://127.0.0.1:{free_port()}/notes")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("redis://:geheim@/notes", "no address"),
        ("redis://:geheim@a:x/notes", "no address"),
        ("redis://:geheim@a,b/notes", "no address"),
        ("redis://:geheim@a/3", r"\?db=3"),
        ("redis://:geheim@a/n?db=x", "no number of a database"),
        ("redis://:geheim@a/n?color=red", "no option “color”"),
        ("redis+cluster://:geheim@a,b/n?db=2", "only database 0"),
        ("redis://:geheim@a/" + "n" * 300, "up to 200"),
        ("redis://:geheim@a/%00", "up to 200"),
    ],
)
def test_addresses_that_are_none(text: str, words: str) -> None:
    with pytest.raises(KnownError, match=words) as raised:
        parse_address(text)
    assert "geheim" not in str(raised.value)


def test_addresses() -> None:
    plain = parse_address("redis://localhost")
    assert (plain.nodes, plain.name, plain.url) == ((("localhost", 6379),), "memory", "redis://localhost/memory")
    full = parse_address("rediss://ann:p%40ss@[::1]:7000/%E7%AC%94%E8%AE%B0%20%2F%7B1%7D?db=2&ca=/etc/ca.pem")
    assert (full.username, full.password, full.name, full.db, full.tls) == ("ann", "p@ss", "笔记 /{1}", 2, True)
    assert "p@ss" not in repr(full) + full.url
    assert parse_address(full.url).name == full.name
    many = parse_address("redis+cluster://a,b:7001/n")
    assert (many.nodes, many.url) == ((("a", 6379), ("b", 7001)), "redis+cluster://a,b:7001/n")
    assert without_password("redis://u:p@h/n") == "redis://h/n"
    assert without_password("/home/me@work/notes.sqlite") == "/home/me@work/notes.sqlite"


@pytest.mark.parametrize("name", ["笔记", "a b", "a{b}c", "a:b", "a}b{", "é%7D", "*?[x]", "x" * 200])
def test_odd_names(client: Open, redis_server: Server, name: str) -> None:
    from urllib.parse import quote

    url = f"{redis_server.url}/{quote(name, safe='')}"
    store = client("ann", url)
    store.apply([Insert(text=name)])
    assert store.url == url
    assert _all(client("ben", store.url, create=False)) == {1: name}


def test_passwords(client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(tmp_path / "server", requirepass="geheim") as locked:
        there = f"127.0.0.1:{locked.port}/notes"
        with pytest.raises(KnownError, match="wants a password"):
            client("ann", f"redis://{there}")
        with pytest.raises(KnownError, match="refuses this user or password"):
            client("ann", f"redis://:falsch@{there}")
        with monkeypatch.context() as patch:
            patch.setenv("REDISCLI_AUTH", "geheim")
            client("ann", f"redis://{there}").apply([Insert(text="1")])
        monkeypatch.setattr(address, "_known", {})
        store = client("ann", f"redis://:geheim@{there}")
        assert store.url == f"redis://{there}"
        assert _all(client("ben", store.url)) == {1: "1"}  # this process knows the password by now
        assert "geheim" not in " ".join(store.notices)
        admin = locked.client()
        admin.acl_setuser(
            "reader", enabled=True, passwords=["+r"], categories=["+@read"], commands=["+info"], keys=["*"]
        )
        with pytest.raises(KnownError, match="does not allow"):
            client("cem", f"redis://reader:r@{there}").apply([Insert(text="2")])
        admin.acl_setuser(
            "writer", enabled=True, passwords=["+w"], categories=["+@all"], commands=["-config"], keys=["memviz:*"]
        )
        writer = client("dan", f"redis://writer:w@{there}")
        writer.apply([Insert(text="2")])
        assert "cannot be checked" in writer.notices[0]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out ca.pem -subj /CN=localhost -addext"
    subprocess.run(
        [program, *words.split(), "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


def test_tls(client: Open, tmp_path: Path, certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    files = {"tls_cert_file": certificates / "ca.pem", "tls_key_file": certificates / "key.pem"}
    with server(
        tmp_path / "server",
        port=0,
        tls_port=port,
        tls_ca_cert_file=certificates / "ca.pem",
        **files,
        tls_auth_clients="no",
    ) as tls:
        tls.wait_port()
        with pytest.raises(KnownError, match=r"certificate verify failed.*“ca” in the address"):
            client("ann", f"rediss://localhost:{port}/notes")
        with pytest.raises(KnownError, match="rediss://"):
            client("ann", f"redis://localhost:{port}/notes")
        store = client("ann", f"rediss://localhost:{port}/notes?ca={certificates / 'ca.pem'}")
        store.apply([Insert(text="1")])
        assert _all(client("ben", store.url)) == {1: "1"}


def test_no_tls_where_it_is_asked_for(client: Open, redis_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.2)
    with pytest.raises(KnownError, match="redis://"):
        client("ann", f"rediss://127.0.0.1:{redis_server.port}/notes")


def test_a_replica_is_read_only(client: Open, tmp_path: Path, url: str, redis_server: Server) -> None:
    store = client("ann", url)
    store.apply([Insert(text="1")])
    with server(tmp_path / "replica", replicaof=f"127.0.0.1 {redis_server.port}") as replica:
        replica.wait(lambda client: client.info("replication")["master_link_status"] == "up")
        copy = client("ben", url.replace(str(redis_server.port), str(replica.port)))
        assert copy.read_only
        assert f"its primary is 127.0.0.1:{redis_server.port}" in copy.notices[0]
        assert _all(copy) == {1: "1"}
        with pytest.raises(KnownError, match="replica and cannot be written"):
            copy.apply([Insert(text="2")])
        copy.mark_used([1])
        store.apply([Insert(text="2")])
        replica.wait(lambda _: len(copy.refresh()) == 1)
        with pytest.raises(KnownError, match="cannot be written"):
            client("ben", f"redis://127.0.0.1:{replica.port}/new")
    redis_server.wait(lambda client: client.info("replication")["connected_slaves"] == 0)


def test_a_primary_that_loses_its_replica_says_so(
    client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A replica that is there confirms as slowly as the machine is busy; one that is gone is not waited for in vain.
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 30.0)
    monkeypatch.setattr(committing, "REPLICA_MS", 20_000)
    monkeypatch.setattr(durability, "AGAIN_SECONDS", 0.05)
    with server(tmp_path / "primary") as primary:
        with server(tmp_path / "replica", replicaof=f"127.0.0.1 {primary.port}") as replica:
            primary.wait(has_replica)
            store = client("ann", f"{primary.url}/notes")
            store.apply([Insert(text="1")])
            assert store.notices == ()
            replica.kill()
            primary.wait(lambda there: there.info("replication")["connected_slaves"] == 0)
            with monkeypatch.context() as patch:
                patch.setattr(committing, "REPLICA_MS", 100)
                store.apply([Insert(text="2")])
            [notice] = store.notices
            assert "has lost the replica that it had when the memory was opened" in notice
            store.refresh()
            assert store.notices == (notice,)
            assert client("ben", store.url).notices == ()  # it is told of what the server had when it was opened
            replica.start()
            primary.wait(has_replica)
            primary.wait(lambda _: store.refresh() == [] and store.notices == ())
            store.apply([Insert(text="3")])
        primary.wait(lambda there: there.info("replication")["connected_slaves"] == 0)


def test_full_memory_changes_nothing_and_loses_nothing(client: Open, tmp_path: Path) -> None:
    with server(tmp_path / "server") as full:
        store = client("ann", f"{full.url}/notes")
        store.apply([Insert(text="1")])
        full.client().config_set("maxmemory", "1mb")
        for call in (
            lambda: store.apply([Update(1, text="x" * 100_000)]),
            lambda: store.load([{"text": "x"}], 1),
            store.undo,
            lambda: store.change_settings({"a": 1}),
            lambda: client("ben", f"{full.url}/new"),
        ):
            with pytest.raises(KnownError, match="is full"):
                call()
        assert (store.version, _all(store), store.settings) == (1, {1: "1"}, {})
        full.client().config_set("maxmemory", "0")
        assert store.refresh() == []
        store.apply([Update(1, text="2")])
        assert _all(client("cem", store.url)) == {1: "2"}


def test_keys_of_others_are_left_alone(client: Open, tmp_path: Path) -> None:
    with server(tmp_path / "server") as shared:
        theirs = shared.client()
        theirs.set("notes", "theirs")
        theirs.rpush("memviz:{taken}:head", "a list")
        theirs.set("memviz:{half}:events", "a text")
        theirs.hset("memviz:{alike}:head", mapping={"uid": "theirs"})
        before = {key: theirs.dump(key) for key in theirs.keys("*")}
        with pytest.raises(KnownError, match="something else under a key"):
            client("ann", f"{shared.url}/taken")
        with pytest.raises(KnownError, match=r"another program’s string at “memviz:\{half\}:events”"):
            client("ann", f"{shared.url}/half")
        with pytest.raises(KnownError, match=r"“memviz:\{alike\}:head” .* another program"):
            client("ann", f"{shared.url}/alike")
        store = client("ann", f"{shared.url}/notes")
        store.apply([Insert(text="1")])
        theirs.rename("memviz:{notes}:events", "away")
        theirs.set("memviz:{notes}:events", "a text")
        with pytest.raises(KnownError, match="something else under a key"):
            store.apply([Insert(text="2")])
        theirs.delete("memviz:{notes}:events")
        theirs.rename("away", "memviz:{notes}:events")
        store.apply([Insert(text="2")])
        assert {key: theirs.dump(key) for key in before} == before


def test_a_newer_format(client: Open, url: str, redis_server: Server) -> None:
    store = client("ann", url)
    redis_server.client().hset(store._keys.head, "format", 2)
    with pytest.raises(KnownError, match="newer memviz"):
        client("ann", url)


def test_a_history_that_is_gone(client: Open, url: str, redis_server: Server) -> None:
    store = client("ann", url)
    store.apply([Insert(text="1")])
    redis_server.client().delete(store._keys.stream)
    with pytest.raises(KnownError, match=r"history .* is missing"):
        client("ben", url)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"appendonly": "no"}, "appendonly no"),
        ({"appendfsync": "everysec"}, "appendfsync everysec"),
        ({"maxmemory": "100mb", "maxmemory_policy": "allkeys-lru"}, "allkeys-lru"),
    ],
)
def test_what_durability_lacks_is_told(client: Open, tmp_path: Path, options: dict[str, str], words: str) -> None:
    with server(tmp_path / "server", **options) as careless:
        [notice] = client("ann", f"{careless.url}/notes").notices
        assert words in notice


def test_a_server_that_is_well_needs_no_notice(client: Open, url: str) -> None:
    assert client("ann", url).notices == ()


def test_a_server_that_goes_and_comes_back(client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(tmp_path / "server") as gone:
        store = client("ann", f"{gone.url}/notes")
        store.apply([Insert(text="1")])
        gone.kill()
        begun = time.monotonic()
        with pytest.raises(KnownError, match=r"does not answer|was lost"):
            store.apply([Insert(text="2")])
        for _ in range(3):
            with pytest.raises(KnownError, match="edits are refused until it is back"):
                store.apply([Insert(text="2")])
            with pytest.raises(KnownError, match="edits are refused until it is back"):
                store.undo()
        assert time.monotonic() - begun < link.PAUSE
        assert store.refresh() == []
        assert "does not answer since" in store.notices[-1]
        assert _all(store) == {1: "1"}
        assert list(store.search_ids("1")) == [1]
        store.mark_used([1])
        store.snapshot().close()
        gone.start()
        gone.wait()
        monkeypatch.setattr(store._link, "_try_after", 0.0)
        assert store.refresh() == []
        assert store.notices == ()
        store.apply([Insert(text="2")])
        assert _all(store) == _all(client("ben", store.url)) == {1: "1", 2: "2"}


def test_a_server_that_loads_its_data(tmp_path: Path) -> None:
    from redis import exceptions

    from memviz.stores.redis.errors import known

    loading = known(exceptions.BusyLoadingError("Redis is loading the dataset in memory"), "here")
    assert "still loading" in str(loading)
    assert "is down" in str(known(exceptions.ClusterDownError("The cluster is down"), "here"))
    odd = known(exceptions.ResponseError("something new"), "here")
    assert isinstance(odd, KnownError)
    assert "something new" in str(odd)


def test_a_server_that_hangs_is_asked_again_without_patience(
    client: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(wire, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(link, "PATIENCE", 0.3)
    with server(tmp_path / "server") as hanging:
        store = client("ann", f"{hanging.url}/notes")
        store.apply([Insert(text="1")])
        hanging.pause()
        with pytest.raises(KnownError, match="lost while an edit was being saved"):
            store.apply([Insert(text="in doubt")])
        monkeypatch.setattr(store._link, "_try_after", 0.0)
        begun = time.monotonic()
        with pytest.raises(KnownError, match="until it is back"):
            store.apply([Insert(text="refused")])
        assert time.monotonic() - begun < 1.0
        hanging.go_on()
        hanging.wait()
        monkeypatch.setattr(store._link, "_try_after", 0.0)
        store.refresh()
        assert store.notices == ()
        store.apply([Insert(text="2")])
        texts = list(_all(store).values())
        assert [text for text in texts if text != "in doubt"] == ["1", "2"]
        assert texts == list(_all(client("ben", store.url)).values())
