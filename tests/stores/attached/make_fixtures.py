"""Writes small files with the libraries whose files memviz reads; run it with a Python that has the library.

    python make_fixtures.py chroma|langgraph|mem0|mcp|chroma-0.5|langgraph-1|mem0-0.1 FOLDER

Each writer stands for what such a program does in its first minutes: entries added, changed and removed. The files kept
in ``files/`` are compressed with ``xz -9``; of Chroma's folder only ``chroma.sqlite3`` is kept, since nothing else is
read. They were written by chromadb 1.5.9, langgraph 1.2.22 with langgraph-checkpoint-sqlite 3.1.2, mem0ai 2.2.1 and
mcp-memory-service 12.4.0 with sqlite-vec 0.1.9; those of older versions by chromadb 0.5.23, langgraph 0.2.28 with
langgraph-checkpoint-sqlite 1.0.4, and mem0ai 0.1.60.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path


def chroma(folder: Path) -> None:
    """chromadb: two collections, with a record that was changed and one that was deleted."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(path=str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))
    notes = client.create_collection("notes", metadata={"topic": "films"}, embedding_function=None)
    notes.add(
        ids=["blade", "ana", "gone"],
        embeddings=[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        documents=["Blade Runner was directed by Ridley Scott.", "Ana lives in Lisbon.", "This goes."],
        metadatas=[
            {"source": "wiki", "year": 1982, "score": 0.5, "seen": True},
            {"user_id": "ana", "tags": ["travel", "家"]},
            {"k": "v"},
        ],
    )
    people = client.create_collection("people", embedding_function=None)
    people.add(ids=["max"], embeddings=[[1.0, 0.0]], documents=["Max is a painter."], metadatas=[{"title": "Max"}])
    notes.get()
    notes.update(ids=["ana"], embeddings=[[0.0, 1.0, 1.0]], documents=["Ana lives in Porto."])
    notes.delete(ids=["gone"])
    notes.add(ids=["beijing"], embeddings=[[1.0, 1.0, 0.0]], documents=["我住在北京。"], metadatas=[{"owner": "李雷"}])


def langgraph(folder: Path) -> None:
    """langgraph-checkpoint-sqlite: a store with two namespaces, and two threads of a graph that keeps messages."""
    import sqlite3

    from langchain_core.messages import AIMessage, HumanMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, MessagesState, StateGraph
    from langgraph.store.sqlite import SqliteStore

    with SqliteStore.from_conn_string(str(folder / "langgraph-store.sqlite")) as store:
        store.setup()
        store.put(("users", "ana", "memories"), "m1", {"text": "Ana lives in Lisbon.", "tags": ["home"]})
        store.put(("users", "ana", "memories"), "m1", {"text": "Ana lives in Porto.", "tags": ["home"]})
        store.put(("users", "ana", "memories"), "m2", {"content": "Ana speaks Portuguese.", "score": 0.5})
        store.put(("users", "ana", "memories"), "m3", {"text": "This goes."})
        store.delete(("users", "ana", "memories"), "m3")
        store.put(("facts",), "rome", {"subject": "Rome", "founded": -753})
        store.put(("facts",), "brief", {"text": "For a week only."}, ttl=10_080)

    def answer(state: MessagesState) -> dict:
        return {"messages": [AIMessage(f"You said: {state['messages'][-1].content}", name="assistant")]}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    connection = sqlite3.connect(folder / "langgraph-checkpoints.sqlite", check_same_thread=False)
    compiled = graph.compile(checkpointer=SqliteSaver(connection))
    for thread, texts in {"ana": ["Hello!", "I live in Porto."], "李雷": ["我住在北京。"]}.items():
        for text in texts:
            compiled.invoke({"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": thread}})
    connection.close()


def mem0(folder: Path) -> None:
    """mem0ai: its own history manager, as its Memory class calls it."""
    from mem0.memory.storage import SQLiteManager

    history = SQLiteManager(str(folder / "mem0-history.db"))
    times = [f"2025-03-0{day}T10:00:00-08:00" for day in range(1, 8)]
    history.add_history("m1", None, "Lives in Lisbon", "ADD", created_at=times[0], actor_id="ana", role="user")
    history.add_history("m2", None, "Likes tea", "ADD", created_at=times[1])
    history.add_history("m3", None, "Has a cat", "ADD", created_at=times[2])
    history.add_history(
        "m1",
        "Lives in Lisbon",
        "Lives in Porto",
        "UPDATE",
        created_at=times[0],
        updated_at=times[3],
        actor_id="ana",
        role="user",
    )
    history.add_history("m3", "Has a cat", None, "DELETE", created_at=times[2], updated_at=times[4], is_deleted=1)
    history.close()


def mcp(folder: Path) -> None:
    """mcp-memory-service: its SQLite-vec storage, with vectors of its own making.

    Needs a sqlite3 that can load extensions; where Python's cannot, pysqlite3-binary takes its place.
    """
    import asyncio
    import sqlite3

    if not hasattr(sqlite3.Connection, "enable_load_extension"):
        import pysqlite3

        sys.modules["sqlite3"] = pysqlite3

    from mcp_memory_service.models.memory import Memory
    from mcp_memory_service.storage.sqlite_vec import SqliteVecMemoryStorage
    from mcp_memory_service.utils.hashing import generate_content_hash

    async def write() -> None:
        storage = SqliteVecMemoryStorage(str(folder / "mcp-memory.db"))
        await storage.initialize()
        for content, tags, kind, metadata in (
            ("Ana lives in Porto.", ["home", "ana"], "note", {"source": "chat"}),
            ("We deploy on Fridays.", ["work"], "decision", {}),
            ("This goes.", [], None, {}),
        ):
            memory = Memory(content, generate_content_hash(content), tags, kind, metadata)
            await storage.store(memory)
        await storage.delete(generate_content_hash("This goes."))
        await storage.close()

    asyncio.run(write())


def chroma_05(folder: Path) -> None:
    """chromadb 0.5, whose metadata has no lists yet."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(path=str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))
    notes = client.create_collection("notes", embedding_function=None)
    notes.add(
        ids=["blade", "ana", "gone"],
        embeddings=[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
        documents=["Blade Runner was directed by Ridley Scott.", "Ana lives in Lisbon.", "This goes."],
        metadatas=[{"source": "wiki", "year": 1982, "score": 0.5, "seen": True}, {"user_id": "ana"}, {"k": "v"}],
    )
    notes.update(ids=["ana"], embeddings=[[0.0, 1.0]], documents=["Ana lives in Porto."])
    notes.delete(ids=["gone"])


def langgraph_1(folder: Path) -> None:
    """langgraph-checkpoint-sqlite 1: a thread of two questions."""
    import sqlite3

    from langchain_core.messages import AIMessage, HumanMessage
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, MessagesState, StateGraph

    graph = StateGraph(MessagesState)
    graph.add_node("answer", lambda state: {"messages": [AIMessage(f"You said: {state['messages'][-1].content}")]})
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    connection = sqlite3.connect(folder / "langgraph-1.sqlite", check_same_thread=False)
    compiled = graph.compile(checkpointer=SqliteSaver(connection))
    for text in ("Hello!", "I live in Porto."):
        compiled.invoke({"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": "ana"}})
    connection.close()


def mem0_01(folder: Path) -> None:
    """mem0ai 0.1, which did not keep who said what; the one file of it that is needed, without what it imports."""
    import importlib.util

    package = importlib.util.find_spec("mem0")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "memory" / "storage.py"
    spec = importlib.util.spec_from_file_location("storage", path)
    assert spec is not None
    assert spec.loader is not None
    storage = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(storage)
    history = storage.SQLiteManager(str(folder / "mem0-0.1.db"))
    first, second = "2025-03-01T10:00:00-08:00", "2025-03-04T10:00:00-08:00"
    history.add_history("m1", None, "Lives in Lisbon", "ADD", created_at=first)
    history.add_history("m1", "Lives in Lisbon", "Lives in Porto", "UPDATE", created_at=first, updated_at=second)
    history.add_history("m2", None, "Likes tea", "ADD", created_at=first)
    history.add_history("m2", "Likes tea", None, "DELETE", is_deleted=1)
    history.connection.close()


WRITERS: dict[str, Callable[[Path], None]] = {
    "chroma": chroma,
    "langgraph": langgraph,
    "mem0": mem0,
    "mcp": mcp,
    "chroma-0.5": chroma_05,
    "langgraph-1": langgraph_1,
    "mem0-0.1": mem0_01,
}

if __name__ == "__main__":
    WRITERS[sys.argv[1]](Path(sys.argv[2]))
