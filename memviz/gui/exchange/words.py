"""What an import or an export did, in sentences."""

from __future__ import annotations

from memviz.session.exporting import Exported
from memviz.session.import_report import ImportReport

_BAD_SHOWN = 4


def counted(count: int, one: str = "entry", many: str = "entries") -> str:
    return f"{count:,} {one if count == 1 else many}"


def report_words(report: ImportReport, *, stopped: bool) -> str:
    """Of a trial. ``stopped``: a bad line would end the import."""
    told = [f"{counted(report.entries)} would be imported." if report.entries else "Nothing would be imported."]
    told += _aside(report)
    if report.bad_count:
        lines = counted(report.bad_count, "line is bad", "lines are bad")
        them = "it" if report.bad_count == 1 else "them"
        told.append(
            f"{lines}: mend {them}, or choose “Leave out bad lines”; else nothing is imported."
            if stopped
            else f"{lines} and left out."
        )
    return " ".join(told)


def done_words(report: ImportReport) -> str:
    """Of an import."""
    told = [f"Imported {counted(report.entries)}.", *_aside(report)]
    if report.bad_count:
        told.append(f"{counted(report.bad_count, 'bad line was', 'bad lines were')} left out.")
    return " ".join(told)


def exported_words(done: Exported) -> str:
    told = [f"Exported {counted(done.entries)} to {done.path.name}."]
    if done.left_out:
        told.append(f"{counted(done.left_out, 'private entry was', 'private entries were')} left out.")
    if done.redacted:
        told.append(f"Redacted: {', '.join(f'{count:,} × {name}' for name, count in sorted(done.redacted.items()))}.")
    return " ".join(told)


def bad_lines(report: ImportReport, *, all_told: bool = False) -> str:
    """The first ones, a line each; empty where there are none."""
    shown = report.bad if all_told else report.bad[:_BAD_SHOWN]
    told = [f"{bad.words()}." for bad in shown]
    if report.bad_count > len(shown):
        told.append(f"… and {report.bad_count - len(shown):,} more.")
    return "\n".join(told)


def _aside(report: ImportReport) -> list[str]:
    told = [file.note for file in report.files if file.note]
    if report.twice or report.there:
        both = [
            f"{count:,} {words}"
            for count, words in ((report.twice, "within the files"), (report.there, "already in the memory"))
            if count
        ]
        told.append(f"Duplicates: {', '.join(both)}.")
    if not report.undoable:
        told.append("No undo takes them back: a memory on a server does that for at most 20,000 at once.")
    if report.unlinked:
        told.append(f"{counted(report.unlinked)} without the one that stands for it.")
    return told
