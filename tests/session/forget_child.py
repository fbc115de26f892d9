"""Forgets what is Anna's and says when it begins: ``python -m tests.session.forget_child FILE RECEIPT``."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

from memviz.core.forgetting import Wish
from memviz.session import forgetting
from memviz.stores.sqlite import SQLiteStore


def main(path: str, receipt: str) -> None:
    wish = Wish(owner="Anna")
    with closing(SQLiteStore.open(path)) as store:
        found = forgetting.find(store, wish)
        say("ready")
        forgetting.forget(store, wish, found, Path(receipt), initiator="child", told=lambda _: say("gone"))
        say("done")


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
