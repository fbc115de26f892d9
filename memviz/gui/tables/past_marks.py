"""What happened to an entry since the time that is shown: a sign, a colour and a sentence for each."""

from __future__ import annotations

from memviz.gui.tables.entry_source import ADDED, CHANGED, DELETED

SIGNS = {ADDED: "+", CHANGED: "~", DELETED: "−"}
#: Names of :class:`~memviz.gui.theme.Colors`; the signs say the same without colour.
COLORS = {ADDED: "accent", CHANGED: "warning", DELETED: "error"}
WORDS = {
    ADDED: "Added later: it was not there at the time that is shown; this is the entry as it is now",
    CHANGED: "Changed since: this is how it was",
    DELETED: "Deleted since: this is how it was",
}
READ_ONLY = "This is the memory as it was, which cannot be edited; press “Back to now” first."
