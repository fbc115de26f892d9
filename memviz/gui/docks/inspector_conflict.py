"""What is typed in the inspector, on top of somebody else's newer edit."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt

from memviz.core.edit_conflict import EditConflict
from memviz.gui.docks.conflict_edits import versions_of
from memviz.gui.docks.inspector_draft import Draft, Raw
from memviz.gui.docks.inspector_facts import Facts, Key
from memviz.gui.docks.inspector_page import InspectorPage


class DraftsPage(InspectorPage):
    """The page with its drafts: what is typed and not saved, by memory and entry. GUI thread."""

    _facts: Facts | None
    _drafts: dict[Key, Draft]

    def _key(self) -> Key:
        """Of the shown entry's draft; only where an entry is shown."""
        assert self._facts is not None
        return self._facts.key

    def _rebase(self) -> None:
        """Puts the draft of the shown entry on what is stored now; where both changed a field, both are shown."""
        facts = self._facts
        if facts is None or facts.entry is None:
            return
        draft = self._drafts.get(facts.key)
        if draft is None or draft.entry == facts.entry:
            return
        seen, (draft, clashes) = draft.entry, draft.rebased(facts.entry)
        self._keep(facts.key, draft)
        if clashes:
            before = {name: getattr(seen, name) for name in clashes}
            typed = {name: draft.values[name] for name in clashes}
            self._show_conflict(EditConflict(seen.id, clashes, before, facts.entry, typed), typed)

    def _keep(self, key: Key, draft: Draft) -> None:
        if draft.values:
            self._drafts[key] = draft
        else:
            self._drafts.pop(key, None)

    def _show_conflict(self, conflict: EditConflict, typed: Mapping[str, Raw]) -> None:
        """Both versions, side by side; what was typed stays typed, on top of what is there now."""
        self.notice.clear()
        self.conflict.show_conflict(conflict, versions_of(conflict, typed))

    def _drop_conflicting(self) -> None:
        """Theirs stays: of the fields in conflict nothing is typed any more, and what was typed into others stays."""
        conflict, facts = self.conflict.conflict, self._facts
        if conflict is None or facts is None:
            return
        draft = self._drafts.get(facts.key)
        if draft is not None:
            for name in conflict.names if conflict.now is not None else tuple(draft.values):
                draft.values.pop(name, None)
            self._keep(facts.key, draft)
        self.conflict.close_box()

    def _type_again(self) -> None:
        """The keyboard goes to the field in conflict."""
        conflict = self.conflict.conflict
        name = conflict.names[0] if conflict is not None and conflict.names else "text"
        (self.text if name == "text" else self.form.editor(name)).setFocus(Qt.FocusReason.OtherFocusReason)
