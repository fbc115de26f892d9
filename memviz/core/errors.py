"""The two kinds of error: the world's (tell the user what to do) and ours (be loud)."""

from __future__ import annotations


class KnownError(Exception):
    """Something outside memviz is wrong, and the user can mend it.

    The message is one sentence for the user that names the thing and says what to do next. Front ends show it as it
    is, without a traceback.
    """


class NotYet(KnownError):  # noqa: N818 - it is no error: it only takes a while
    """It cannot be done now, and can in a while without anybody's help. Nothing was done, so it may be tried again."""


class MaybeDone(KnownError):  # noqa: N818 - it may be no error
    """Nobody knows whether it was done. The sentence says how the user finds out."""


class NeedsTable(KnownError):  # noqa: N818 - a question to the user
    """A file of another program, of which nobody said what is to be read: a table must be chosen.

    Attributes:
        path: of the file.
        example: address of the table that is likeliest meant.
    """

    def __init__(self, words: str, path: str, example: str) -> None:
        super().__init__(words)
        self.path, self.example = path, example


def without_frames(error: KnownError) -> KnownError:
    """The error without the calls that led to it; it is shown as a sentence.

    Each call holds its variables for as long as the error is kept: after running out of memory, the tensors that used
    it up.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class Cancelled(Exception):  # noqa: N818 - it is no error: the user asked for it
    """A long job was stopped because the user asked for it; nothing was left half done."""


class BugError(Exception):
    """An invariant of memviz itself is broken. Never caught to be hidden: it is logged and shown with its traceback."""
