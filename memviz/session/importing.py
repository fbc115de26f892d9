"""Import: from the records of files to entries of the open memory, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memviz.core.chat_messages import are_dialogue
from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.core.filters import Comparison, Condition
from memviz.core.memory import Store, UndoesSomeLoads
from memviz.core.progress import Progress, no_progress
from memviz.core.snapshot import Snapshot
from memviz.exchange.duplicates import SeenIds, SeenTexts
from memviz.exchange.formats import FOUND, ReadOptions, open_reader
from memviz.exchange.json_lines import JsonLines
from memviz.exchange.json_list import JsonList
from memviz.exchange.mapping import FieldMapping, checked, guessed_mapping
from memviz.exchange.records import BadLine, RecordReader, Stamp, file_error, stamp_of
from memviz.session.attaching import check_no_others_file
from memviz.session.import_report import FileReport, ImportPlan, ImportReport

if TYPE_CHECKING:
    from memviz.session.session import Session

INITIATOR = "import"
_TOLD_EVERY = 2_000
#: What is shown before: so many records, and no more once they have so many characters.
_SAMPLE, _SAMPLE_CHARACTERS = 50, 1 << 22


def look_into(
    files: Sequence[Path],
    options: ReadOptions = FOUND,
    constants: Mapping[str, Any] | None = None,
) -> tuple[RecordReader, FieldMapping, list[Mapping[str, Any]]]:
    """The reader of the first file, what its columns likely are, and its first records.

    Raises:
        KnownError: no file, or one that cannot be read.
    """
    if not files:
        raise KnownError("Name a file to import.")
    check_no_others_file(files[0])
    reader = open_reader(files[0], options)
    if not reader.columns:
        raise KnownError(f"“{files[0].name}” holds no entries; choose another file.")
    sample, length = [], 0
    for _, values in islice(reader.records(_ignored), _SAMPLE):
        sample.append(values)
        length += sum(len(value) for value in values.values() if isinstance(value, str))
        if length > _SAMPLE_CHARACTERS:
            break
    return reader, guessed_mapping(reader.columns, sample, own=reader.own, constants=constants or {}), sample


def import_note(reader: RecordReader) -> str:
    """What whoever imports a file should know of it, a sentence; empty where there is nothing."""
    if not isinstance(reader, JsonLines | JsonList):
        return ""
    records = [values for _, values in islice(reader.records(_ignored), _SAMPLE)]
    if not are_dialogue(records):
        return ""
    return (
        f"“{reader.path.name}” looks like a dialogue: its messages are imported as facts, and “memviz dialogue” (in the"
        " window, Chat) loads them turn by turn instead."
    )


def preview(sample: Sequence[Mapping[str, Any]], mapping: FieldMapping) -> list[Mapping[str, Any] | str]:
    """The first records as the fields of entries, or why they are none."""
    made: list[Mapping[str, Any] | str] = []
    for values in sample:
        try:
            made.append(_insert_of(mapping.fields_of(values)))
        except ValueError as error:
            made.append(str(error))
    return made


def check_import(
    session: Session, plan: ImportPlan, progress: Progress = no_progress, *, every_file: bool = False
) -> ImportReport:
    """What :func:`run_import` would do; nothing is written. Blocks; any thread but the store's.

    Args:
        every_file: a file that cannot be read ends nothing; its :class:`FileReport` says why.

    Raises:
        KnownError: as the future of :func:`run_import`, but no bad line ends it.
        Cancelled: by ``progress``.
    """

    def look(store: Store) -> tuple[_There, int | None]:
        return _There.of(store), store.most_undoable if isinstance(store, UndoesSomeLoads) else None

    memory, most = session.store_call(look).result()
    rows = _Rows(plan, memory.texts(progress), progress, all_told=True, every_file=every_file)
    for _ in rows:
        pass
    rows.report.undoable = most is None or rows.report.entries <= most
    return rows.report


def run_import(
    session: Session, plan: ImportPlan, progress: Progress = no_progress
) -> Future[tuple[Change | None, ImportReport]]:
    """Imports in one transaction; ``progress`` is told the bytes that were read, on a thread of the session.

    A memory in a file can be read and asked meanwhile (see :meth:`MemoryDoor.write_beside`); edits wait.

    The future has no change where nothing was left to import, and raises:
        KnownError: a bad line (unless they are skipped), a file that cannot be read, a memory that cannot be written,
            more entries than can be undone; nothing was imported.
        Cancelled: by ``progress``; nothing was imported.
    """

    progress = session.stoppable(progress)

    def load(store: Store) -> tuple[Change | None, ImportReport]:
        rows = _Rows(plan, _There.of(store).texts(progress), progress)
        made = iter(rows)
        first = next(made, None)
        if first is None:
            return None, rows.report
        rows.report.undoable = plan.undoable
        change = store.load(
            chain((first,), made),
            rows.about(),
            lambda _done, _total, words: progress(rows.position, rows.size, words),
            initiator=INITIATOR,
            undoable=plan.undoable,
        )
        return change, rows.report

    return session.write_beside(load)


@dataclass(frozen=True, slots=True)
class _Source:
    """A file as it was when the import began; without a reader where it is refused."""

    path: Path
    stamp: Stamp | None
    reader: RecordReader | None
    refused: str = ""


class _Rows:
    """The inserts of a plan, one after the other; counts what is no insert. Any one thread.

    Args:
        there: what the memory holds.
        all_told: no bad line ends it.
        every_file: no file that cannot be read ends it.
    """

    def __init__(
        self,
        plan: ImportPlan,
        there: SeenTexts | None,
        progress: Progress,
        *,
        all_told: bool = False,
        every_file: bool = False,
    ) -> None:
        self._plan, self._progress, self._every_file = plan, progress, every_file
        self._sources = [self._opened(path) for path in plan.files]
        if plan.seen and [*plan.seen] != [source.stamp for source in self._sources]:
            raise KnownError("The files were changed since they were looked at; choose them again.")
        self._skip_bad = plan.skip_bad or all_told
        self.size = sum(source.reader.size for source in self._sources if source.reader is not None)
        self._before = 0
        self._reader: RecordReader | None = None
        self.report = ImportReport()
        self._there = there
        self._rows_of_ids: dict[int, int] = {}
        only = self._sources[0].reader if len(self._sources) == 1 else None
        if only is not None and only.own and _has_superseded(only):
            self._rows_of_ids = self._numbered(only)

    def _opened(self, path: Path) -> _Source:
        stamp: Stamp | None = None
        try:
            check_no_others_file(path)
            stamp = stamp_of(path)
            return _Source(path, stamp, open_reader(path, self._plan.options))
        except KnownError as error:
            if not self._every_file:
                raise
            return _Source(path, stamp, None, str(error))

    @property
    def position(self) -> int:
        """Bytes that were read of all files."""
        return self._before + (self._reader.position if self._reader is not None else 0)

    def about(self) -> int:
        """How many records there are, guessed from the first ones of each file."""
        return sum(_about(source.reader) for source in self._sources if source.reader is not None)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for made in self._accepted():
            successor = made.pop("superseded_by", None)
            made.pop("id", None)
            if successor is not None:
                row = self._rows_of_ids.get(successor)
                if row is None:
                    self.report.unlinked += 1
                else:
                    made["superseded_by_row"] = row
            yield made

    def _accepted(self) -> Iterator[dict[str, Any]]:
        """What becomes an entry; its ids are those of the file."""
        seen = SeenTexts()
        self._before = 0
        for source in self._sources:
            told = FileReport(file=str(source.path), refused=source.refused)
            self.report.files.append(told)
            if source.reader is None:
                continue
            self._reader = source.reader
            try:
                told.note = import_note(source.reader)
                yield from self._accepted_of(source.reader, told, seen)
            except KnownError as error:
                if not self._every_file:
                    raise
                told.refused = str(error)
            else:
                self.report.add(told)
            if stamp_of(source.path) != source.stamp:  # what was counted, or read first, may be of another file
                raise KnownError(
                    f"“{source.path.name}” was changed while it was read; nothing was imported. Wait until"
                    " nobody writes it, or import a copy."
                )
            self._before, self._reader = self._before + source.reader.size, None

    def _accepted_of(self, reader: RecordReader, told: FileReport, seen: SeenTexts) -> Iterator[dict[str, Any]]:
        ids, since = SeenIds(), 0
        skip = self._plan.duplicates == "skip"
        mapping = mapping_for(reader, self._plan.mapping)

        def rejected(line: int, why: str) -> None:
            self._rejected(told, BadLine(reader.path.name, line, why))

        for line, values in reader.records(rejected):
            since += 1
            if since >= _TOLD_EVERY:
                since = 0
                self._progress(self.position, self.size, "reading entries")
            try:
                made = mapping.fields_of(values)
                entry_id, successor = made.pop("id", None), made.pop("superseded_by", None)
                made = checked(made)
                if entry_id is not None and not ids.add(entry_id):
                    raise ValueError(f"has the id {entry_id}, which an earlier line has as well")
            except ValueError as error:
                rejected(line, str(error))
                continue
            key, text = made.get("key", ""), made.get("text", "")
            new = seen.add(key, text)
            there = new and self._there is not None and self._there.holds(key, text)
            told.twice += not new
            told.there += there
            if skip and (there or not new):
                continue
            told.entries += 1
            if entry_id is not None:
                made["id"] = entry_id
            if successor is not None:
                made["superseded_by"] = successor
            yield made

    def _rejected(self, told: FileReport, bad: BadLine) -> None:
        told.reject(bad)
        if not self._skip_bad:
            raise KnownError(
                f"{bad.words()}; nothing was imported. Mend the line, or have bad lines left out (--skip-bad on the"
                " command line)."
            )

    def _numbered(self, reader: RecordReader) -> dict[int, int]:
        """The place of each entry that stands for another one, among those that are imported."""
        wanted = {
            successor
            for _, values in reader.records(_ignored)
            if isinstance(successor := _whole(values.get("superseded_by")), int)
        }
        found: dict[int, int] = {}
        for row, made in enumerate(self._accepted()):
            if made.get("id") in wanted:
                found[made["id"]] = row
        self.report = ImportReport()
        return found


@dataclass(frozen=True, slots=True)
class _There:
    """What the memory held at one moment: a view, and the entries that it does not tell, as they are not recalled.

    ``view`` is None where the memory is empty.
    """

    view: Snapshot | None
    hidden: Sequence[int] = ()

    @classmethod
    def of(cls, store: Store) -> _There:
        """Store thread."""
        if not store.count:
            return cls(None)
        not_recalled = (Condition("enabled", Comparison.IS, False), Condition("expired", Comparison.IS, True))
        hidden = {int(entry_id) for condition in not_recalled for entry_id in store.search_ids(where=(condition,))}
        return cls(store.snapshot(), sorted(hidden))

    def texts(self, progress: Progress) -> SeenTexts | None:
        """Key and text of all entries; None where there is none. Once; any one thread."""
        if self.view is None:
            return None
        seen = SeenTexts()
        with closing(self.view) as view:
            for done, (_, key, text) in enumerate(view.texts()):
                if done % (10 * _TOLD_EVERY) == 0:
                    progress(0, 0, "reading the memory")
                seen.add(key, text)
            for begin in range(0, len(self.hidden), _TOLD_EVERY):
                for entry in view.get(self.hidden[begin : begin + _TOLD_EVERY]):
                    seen.add(entry.key, entry.text)
        return seen


def mapping_for(reader: RecordReader, mapping: FieldMapping) -> FieldMapping:
    """The mapping of an import, as it is used for one of its files: of what memviz wrote there is nothing to map."""
    if reader.own and mapping.own:
        return guessed_mapping(reader.columns, own=True, constants=mapping.constants)
    return mapping


def _about(reader: RecordReader) -> int:
    """How many records a file has, guessed from its first ones."""
    count = -1
    for count, _ in enumerate(islice(reader.records(_ignored), 1_000)):  # noqa: B007 - it is the number that counts
        pass
    if count < 999:
        return count + 1
    return max(1_000, 1_000 * reader.size // max(1, reader.position))


def _has_superseded(reader: RecordReader) -> bool:
    """Whether a file of memviz's own has entries for which others stand."""
    if reader.path.suffix.lower() not in (".jsonl", ".md", ".markdown"):
        return True
    mark, rest = b'"superseded_by"', b""
    try:
        with reader.path.open("rb") as file:
            while chunk := file.read(1 << 20):
                if (
                    mark in rest + chunk or b"\0" in chunk[:100]
                ):  # the zeros of UTF-16, in which the mark looks different
                    return True
                rest = chunk[-len(mark) :]
    except OSError as error:
        raise file_error(reader.path, error) from None
    return False


def _insert_of(made: dict[str, Any]) -> Mapping[str, Any]:
    for name in ("id", "superseded_by"):
        made.pop(name, None)
    return checked(made)


def _whole(value: Any) -> int | None:
    try:
        return None if value is None or value == "" else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _ignored(_line: int, _why: str) -> None:
    """It is told when the file is imported."""
