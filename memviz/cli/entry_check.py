"""``memviz entries check FILE``: is a memory file whole, and what can be done where it is not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memviz.cli.options import add_command, add_json
from memviz.cli.output import clear_progress, counted, plain, print_json, terminal_progress
from memviz.core.errors import KnownError
from memviz.session.addresses import memory_address, without_password

if TYPE_CHECKING:
    from memviz.stores.checking.report import Report
    from memviz.stores.checking.rescue import Rescued

_DESCRIPTION = """\
Reads a whole memory file and compares its parts with each other: pages, entries with the history that led to them,
the full-text index with the texts word by word, numbers of entries, ids, settings, vectors, indexes. Nothing is
changed unless --repair asks for it. What cannot be found: a changed capital, space or punctuation mark in an entry
that was never edited, since nothing else in the file tells of it.

--repair keeps a copy of the file beside it (FILE.backup-DATE) before it makes anew what follows from what is sound,
and says what it did. --rescue is for damaged pages: it saves the entries that can still be read into a new file,
without their history, and without vectors, which are computed again.
"""

_EPILOG = """\
The exit code is 0 where the file is whole (or is so after the repair) and 1 where it is not.

examples:
  memviz entries check notes.sqlite
  memviz entries check notes.sqlite --repair
  memviz entries check damaged.sqlite --rescue saved.sqlite --json
"""

#: Ids that are listed for people; --json lists more.
_MOST_IDS = 20


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = add_command(
        commands,
        "check",
        run_check,
        summary="verify a memory file, repair it, or save what can be read of it",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    check.add_argument("file", metavar="FILE", help="a memory file, sqlite:///path or a bundled name")
    what = check.add_mutually_exclusive_group()
    what.add_argument("--repair", action="store_true", help="make anew what can be made anew; keeps a copy first")
    what.add_argument("--rescue", metavar="NEW", type=Path, help="save what can be read into a new file")
    add_json(check)


def run_check(arguments: argparse.Namespace) -> int:
    from memviz.stores.sqlite_errors import DamagedFile

    path = _path_of(arguments.file)
    try:
        if arguments.rescue is not None:
            return _rescue(path, arguments.rescue, arguments.json)
        return _repair(path, arguments.json) if arguments.repair else _check(path, arguments.json)
    except DamagedFile as error:
        if arguments.rescue is not None or "is damaged" not in str(error):
            raise
        raise KnownError(f"{str(error).rstrip('.')}, or save what can be read of it with --rescue NEW.") from None
    finally:
        clear_progress()


def _path_of(memory: str) -> Path:
    address = memory_address(memory)
    if not isinstance(address.place, Path) or address.stories is not None:
        raise KnownError(f"Only memory files can be checked; “{without_password(memory)}” is none.")
    return address.place


def _check(path: Path, as_json: bool) -> int:
    from memviz.stores.checking.report import check

    report = check(path, terminal_progress())
    clear_progress()
    if as_json:
        print_json(report_as_dict(report))
    else:
        _print(report)
        if not report.sound:
            print(_advice(report))
    return 0 if report.sound else 1


def _repair(path: Path, as_json: bool) -> int:
    from memviz.stores.checking.repair import repair

    repaired = repair(path, terminal_progress())
    clear_progress()
    backup = str(repaired.backup) if repaired.backup is not None else None
    if as_json:
        before = report_as_dict(repaired.before)
        print_json({**report_as_dict(repaired.after), "before": before, "done": repaired.done, "backup": backup})
        return 0 if repaired.after.sound else 1
    _print(repaired.before)
    if backup is not None:
        print(f"Kept the file as it was: {plain(backup)}.")
    for words in repaired.done:
        print(words)
    if repaired.done and repaired.after.sound:
        print("Checked again: everything fits now.")
    elif not repaired.after.sound:
        print("Left as it was, since it follows from nothing else:" if repaired.done else "Nothing could be repaired.")
        if repaired.done:
            _print_findings(repaired.after)
        print(_advice(repaired.after))
    return 0 if repaired.after.sound else 1


def _rescue(path: Path, target: Path, as_json: bool) -> int:
    from memviz.stores.checking.report import check
    from memviz.stores.checking.rescue import rescue

    rescued = rescue(path, target, terminal_progress())
    report = check(rescued.target, terminal_progress())
    clear_progress()
    missing = _missing(rescued)
    if as_json:
        told = {"file": str(path), "rescued": str(rescued.target), "entries": rescued.entries, "lost": missing}
        print_json({**told, "lost_ids": rescued.lost, "settings": rescued.settings, "sound": report.sound})
        return 0 if report.sound and not missing else 1
    print(f"Saved {counted(rescued.entries, 'entry', 'entries')} to {plain(str(rescued.target))}.")
    if missing:
        ids = ", ".join(map(str, rescued.lost[:_MOST_IDS])) + (" …" if len(rescued.lost) > _MOST_IDS else "")
        which = f": {ids}" if ids else "; nothing tells their ids any more"
        print(f"Lost {counted(missing, 'entry', 'entries')}{which}.")
    else:
        print("No entry is lost.")
    if not rescued.settings:
        print("The settings of the memory could not be read.")
    print(
        "Only entries and settings were saved: their history, undo and what is known of earlier forgettings stay"
        " behind, and vectors are computed again. Where bytes inside a text were changed, the text was saved as it is"
        " now. The damaged file was only read."
    )
    return 0 if report.sound and not missing else 1


def _missing(rescued: Rescued) -> int:
    by_count = 0 if rescued.expected is None else rescued.expected - rescued.entries
    return max(by_count, len(rescued.lost))


def report_as_dict(report: Report) -> dict[str, Any]:
    findings = [
        {"code": each.code, "words": each.words, "repairable": each.repairable, "count": each.count, "ids": each.ids}
        for each in report.findings
    ]
    return {
        "file": str(report.path),
        "version": report.version,
        "entries": report.entries,
        "sound": report.sound,
        "findings": findings,
    }


def _print(report: Report) -> None:
    if report.sound and report.entries is not None:
        entries = counted(report.entries, "entry", "entries")
        print(f"“{plain(str(report.path))}” is whole: {entries}, version {report.version:,}.")
        return
    print(f"“{plain(str(report.path))}”:")
    _print_findings(report)


def _print_findings(report: Report) -> None:
    for finding in report.findings:
        print(f"  {plain(finding.words)}")


def _advice(report: Report) -> str:
    codes = {finding.code for finding in report.findings}
    if "pages" not in codes and any(finding.repairable for finding in report.findings):
        return "--repair mends what can be mended; it keeps a copy first."
    if codes & {"pages", "rows", "missing", "tables"}:
        return "Take a copy from a backup, or save what can be read with --rescue NEW."
    return "The entries themselves are there; earlier versions of them may not be right."
