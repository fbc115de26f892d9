"""Names of the dialogs that a picture can be made of; imports nothing, so that the command line may name them."""

from __future__ import annotations

#: Command -> tabs of its dialog; empty: it has none.
DIALOGS: dict[str, tuple[str, ...]] = {
    "open_model": (),
    "open_server": (),
    "train": (),
    "run_options": (),
    "template": (),
    "edit_fact": (),
    "forget_entries": (),
    "recall": ("ranking", "decay", "forecast"),
    "conflicts": (),
    "compare_policies": (),
    "measure_recall": (),
    "import_entries": (),
    "export_entries": (),
    "replace_entries": (),
    "set_fields": (),
    "tag_entries": (),
    "confidence_entries": (),
    "duplicates": (),
    "history": (),
    "shortcuts": (),
    "about": (),
}


def dialog_words() -> str:
    """All names in a sentence: ``open_model, train and about``."""
    *first, last = DIALOGS
    return f"{', '.join(first)} and {last}"
