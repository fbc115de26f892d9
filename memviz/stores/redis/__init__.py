"""Memories on a Redis server or cluster, shared by everybody who opens them.

**The server is the authority.** A memory is a *stream* of events: edits with every entry before and after, undos,
redos, loads, uses, settings. Adding an event is the only commit there is: one script on one cluster slot, which refuses
where an event came in between, so that edits are atomic and happen one after the other whoever makes them. The hashes
of entries, spread over the cluster's slots, follow from it; where their writer dies in between, another one writes
them. First rows are shown from them, and a new user's copy is filled with them.

**A SQLite file is the mirror**: an ordinary memory of ``stores/sqlite*.py`` into which the events are replayed, kept
between sessions. Search, order, history and snapshots are its own; after a restart it replays what came since.

**Vectors** lie beside the entries, so that one user of a team computes them and the mirrors of all others take them
(``shared_vectors.py``). They are no events: losing some costs only computing them again.
"""
