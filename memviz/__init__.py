"""memviz: a debugger for the memory of language models.

The public API; it needs neither a window nor Qt, and loads torch only with a model::

    import memviz

    with memviz.open(model="movies-reader", memory="movies") as session:
        run = session.ask("who directed Blade Runner?").wait()
        print(run.answer)                                   # Ridley Scott
        for row in run.entries():                           # best first, with the attention that each got
            print(row.id, row.text, row.rank, row.score, row.attention, row.status)
        best = max(run.entries(), key=lambda row: row.attention)
        session.edit(memviz.Update(best.id, text="Blade Runner was directed by Jane Campion."))
        print(session.ask("who directed Blade Runner?").wait().answer)   # Jane Campion
        session.undo()

- :func:`open` loads a model (a bundled name, a folder, a hub name) and a memory (a bundled name, a file's path,
  ``sqlite:///path``) and returns a :class:`Session`. ``Session()`` starts with neither.
- :meth:`Session.ask` returns a :class:`Run` at once: :meth:`Run.wait`, ``pause``, ``step``, ``resume``, ``cancel``,
  ``answer``, ``trace``, ``entries()``, ``as_dict()``. The options are the fields of :class:`Query`.
- ``run.trace`` is the :class:`Trace`: iterate over its events, or look at ``trace.frame(step)``.
- :meth:`Session.edit` takes :class:`Insert`, :class:`Update` and :class:`Delete` and returns the :class:`Change`;
  ``undo``, ``redo``, ``history``, ``entries``, ``entry`` and ``on_change`` go with it.
- :class:`KnownError` is what the user can mend; its message is one sentence that says how. Every other exception is a
  bug.
"""

import os

# Read when torch's thread pool starts: idle threads that spin slow everything else down on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# The tokenizer's own threads gain nothing on one prompt.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from memviz.core.edits import Change, Delete, EntryDiff, HistoryRow, Insert, Update
from memviz.core.entry import Entry, Kind
from memviz.core.errors import BugError, Cancelled, KnownError
from memviz.core.query import Query
from memviz.core.trace import Frame, Trace
from memviz.session.results import EntryRow
from memviz.session.run import Run, RunState
from memviz.session.session import Session, open
from memviz.session.store_info import StoreInfo

__version__ = "0.1.0"

__all__ = [
    "BugError",
    "Cancelled",
    "Change",
    "Delete",
    "Entry",
    "EntryDiff",
    "EntryRow",
    "Frame",
    "HistoryRow",
    "Insert",
    "Kind",
    "KnownError",
    "Query",
    "Run",
    "RunState",
    "Session",
    "StoreInfo",
    "Trace",
    "Update",
    "__version__",
    "open",
]
