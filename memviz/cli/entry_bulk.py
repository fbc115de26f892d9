"""``memviz entries bulk | replace | tag``: many entries as one change."""

from __future__ import annotations

import argparse
from contextlib import closing

from memviz.cli.entry_fields import add_fields, given_fields
from memviz.cli.entry_format import bulk_sentence, change_as_dict, diff_as_dict, diff_lines
from memviz.cli.loading import opened
from memviz.cli.options import add_command, add_json, add_memory
from memviz.cli.output import clear_progress, counted, print_json, terminal_progress
from memviz.core.edits import Change
from memviz.core.errors import KnownError
from memviz.session.bulk.actions import Action, ChangeConfidence, ChangeTags, DeleteEntries, SetFields
from memviz.session.bulk.choice import Choice
from memviz.session.bulk.desk import BulkDesk
from memviz.session.bulk.replacing import FIELDS, Replace
from memviz.session.bulk.work import BulkJob, Preview, run_action
from memviz.session.filter_words import understood
from memviz.session.session import Session

INITIATOR = "command line"
_SHOWN = 10


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bulk = add_command(
        commands,
        "bulk",
        None,
        summary="change, enable, disable or delete many entries as one change",
        description="Changes many entries as one change, which one undo takes back. Say which: --ids, --search,"
        " --where or --all; --dry-run shows what would happen.",
    )
    kinds = bulk.add_subparsers(title="commands", metavar="COMMAND", required=True)
    setting = add_command(kinds, "set", run_set, summary="set fields to the same value in all of them")
    add_fields(setting)
    confidence = add_command(kinds, "confidence", run_confidence, summary="multiply the confidence, or bound it")
    confidence.add_argument("--multiply", metavar="F", type=float, default=1.0, help="by this number (default: 1)")
    confidence.add_argument("--at-least", metavar="0..1", type=float, default=0.0)
    confidence.add_argument("--at-most", metavar="0..1", type=float, default=1.0)
    delete = add_command(kinds, "delete", run_delete, summary="delete them (undo brings them back)")
    enable = add_command(kinds, "enable", run_enable, summary="let them be recalled again")
    disable = add_command(kinds, "disable", run_disable, summary="keep them, but don't recall them")
    tag = add_command(commands, "tag", run_tag, summary="add tags to many entries, or remove tags")
    tag.add_argument("--add", metavar="TAG", action="append", default=[], help="a tag to add; may be given again")
    tag.add_argument("--remove", metavar="TAG", action="append", default=[], help="a tag to remove")
    replace = add_command(
        commands,
        "replace",
        run_replace,
        summary="find and replace in many entries",
        description="Replaces what is found, in one change that one undo takes back.",
    )
    replace.add_argument("find", metavar="FIND", help="text, or a regular expression with --regex")
    replace.add_argument("by", metavar="BY", help="what stands there instead; \\1 is a group of the expression")
    replace.add_argument("--regex", action="store_true", help="FIND is a regular expression")
    replace.add_argument("--ignore-case", action="store_true", help="capitals and small letters are the same")
    replace.add_argument("--whole-words", action="store_true", help="only whole words")
    replace.add_argument(
        "--in", dest="fields", metavar="FIELD", choices=FIELDS, action="append", help=f"{', '.join(FIELDS)}; text first"
    )
    for parser in (setting, confidence, delete, enable, disable, tag, replace):
        _add_choice(parser)
        parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
        add_memory(parser)
        add_json(parser)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which entries").add_mutually_exclusive_group(required=True)
    group.add_argument("--ids", metavar="ID", type=int, nargs="+", help="these")
    group.add_argument("--search", metavar="WORDS", help="those that hold all words")
    group.add_argument(
        "--where", metavar="CONDITIONS", help="those of which all conditions hold, for example 'owner:ann expired:yes'"
    )
    group.add_argument("--all", action="store_true", help="every entry of the memory")


def choice_of(arguments: argparse.Namespace) -> Choice:
    """What ``--ids``, ``--search``, ``--where`` or ``--all`` say."""
    if arguments.ids is not None:
        return Choice.of(arguments.ids)
    if arguments.search is not None and not arguments.search.strip():
        raise KnownError("--search needs words; --all takes every entry.")
    if arguments.where is not None:
        asked = understood(arguments.where)
        if not asked.where:
            raise KnownError("--where needs a condition such as owner:ann; --search finds words.")
        return Choice(text=asked.words, where=asked.where)
    return Choice(text=arguments.search or "")


def run_set(arguments: argparse.Namespace) -> int:
    return _run(arguments, SetFields(given_fields(arguments)))


def run_confidence(arguments: argparse.Namespace) -> int:
    return _run(arguments, ChangeConfidence(arguments.multiply, arguments.at_least, arguments.at_most))


def run_delete(arguments: argparse.Namespace) -> int:
    return _run(arguments, DeleteEntries())


def run_enable(arguments: argparse.Namespace) -> int:
    return _run(arguments, SetFields({"enabled": True}))


def run_disable(arguments: argparse.Namespace) -> int:
    return _run(arguments, SetFields({"enabled": False}))


def run_tag(arguments: argparse.Namespace) -> int:
    return _run(arguments, ChangeTags(tuple(arguments.add), tuple(arguments.remove)))


def run_replace(arguments: argparse.Namespace) -> int:
    fields = tuple(dict.fromkeys(arguments.fields or ["text"]))
    action = Replace(
        arguments.find,
        arguments.by,
        fields,
        expression=arguments.regex,
        match_case=not arguments.ignore_case,
        whole_words=arguments.whole_words,
    )
    return _run(arguments, action)


def _run(arguments: argparse.Namespace, action: Action) -> int:
    choice = choice_of(arguments)
    with opened(arguments.memory) as session:
        if arguments.dry_run:
            _print_preview(_preview(session, choice, action), arguments)
        else:
            job = run_action(session, choice, action, INITIATOR, terminal_progress())
            report_job(job, arguments)
    return 0


def _preview(session: Session, choice: Choice, action: Action) -> Preview:
    with closing(BulkDesk(session)) as desk:
        try:
            return desk.preview(choice, action, terminal_progress(), shown=_SHOWN).result()
        finally:
            clear_progress()


def _print_preview(preview: Preview, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(
            {
                "chosen": preview.chosen,
                "gone": preview.gone,
                "changing": preview.changing,
                "first": [diff_as_dict(diff) for diff in preview.first],
            }
        )
        return
    print(f"{preview.changing:,} of {counted(preview.chosen, 'entry', 'entries')} would change.")
    for diff in preview.first:
        for line in diff_lines(diff):
            print(line)
    if preview.changing > len(preview.first):
        print(f"  … and {preview.changing - len(preview.first):,} more")


def report_job(job: BulkJob, arguments: argparse.Namespace) -> None:
    """Waits for a bulk edit and says what it did."""
    try:
        change: Change = job.future.result()
    finally:
        clear_progress()
    if arguments.json:
        print_json(change_as_dict(change))
    else:
        print(bulk_sentence(change, job.gone))
