"""A receipt in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def lines_of(receipt: Mapping[str, Any]) -> Iterator[str]:
    """What was removed from where, what was checked, what is left."""
    removed, checked, left = receipt["removed"], receipt["checked"], receipt["left"]
    count = sum(last - first + 1 for first, last in receipt["ids"])
    yield f"Forgot {_counted(count, 'entry', 'entries')} (version {receipt['version']})."
    if "entries" in removed:
        yield (
            f"Removed: {_counted(removed['entries'], 'entry', 'entries')}, also in the index of words,"
            f" {_counted(removed['parts of the history'], 'part')} of the history,"
            f" {_counted(removed['vectors'], 'vector')}; the log is empty, and the file has no free pages."
        )
    if removed.get("settings"):
        yield f"Lines were taken out of the settings: {', '.join(removed['settings'])}."
    if removed.get("backups"):
        yield f"Backups removed: {', '.join(removed['backups'])}."
    if removed.get("folders of vector indexes"):
        count = len(removed["folders of vector indexes"])
        yield f"{_counted(count, 'index', 'indexes')} of vectors removed, to be made anew when needed."
    yield from _checked(checked)
    yield f"Left: {_counted(left['entries'], 'entry', 'entries')}, hash {left['hash'][:16]}…"


def _checked(checked: Mapping[str, Any]) -> Iterator[str]:
    size = sum(checked["files"].values())
    where = f"{_counted(len(checked['files']), 'file')} ({size:,} bytes)"
    if isinstance(checked["texts"], str):
        yield f"The bytes of {where} were {checked['texts']}."
    else:
        others = checked["owners, sources, tags and metadata"]
        also = f", and for {_counted(others, 'owner, source, tag', 'owners, sources, tags')} or text of metadata"
        texts = _counted(checked["texts"], "key or text", "keys and texts")
        yield f"Searched every byte of {where} for {texts}{also if others else ''}."
        short = checked["texts too short to be searched for"]
        if short:
            what = _counted(short, "text was", "texts were")
            yield f"{what} too short to be searched for: the same bytes may stand there by chance."
        said = checked["said by what was kept"]
        if said:
            yield (
                f"{_counted(len(said), 'of them is', 'of them are')} still there because something that was kept says"
                f" it too: {'; '.join(_kept(said))}."
            )
        found = checked["found"]
        if found:
            files = sorted({file for each in found for file in each["files"]})
            yield f"{_counted(len(found), 'text was', 'texts were')} found where none should be: {', '.join(files)}."
        else:
            yield "Nothing else of them was found." if said else "Nothing of them was found."
    yield from checked["remains"]
    if meanwhile := checked["written meanwhile by others"]:
        yield f"Another program wrote to the memory meanwhile: {' '.join(meanwhile)}"


def _kept(said: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ids = sorted({entry_id for each in said for entry_id in (*each["entries"], *each["history of entries"])})
    if ids:
        entries = "entry" if len(ids) == 1 else "entries"
        yield f"{entries} {', '.join(map(str, ids[:20]))}{' …' if len(ids) > 20 else ''}"
    for where, words in (("settings", "settings"), ("names", "names that memviz writes:")):
        if names := sorted({name for each in said for name in each[where]}):
            yield f"{words} {', '.join(names)}"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
