"""What a lost connection leaves unknown is told as such."""

from __future__ import annotations

from types import SimpleNamespace

from memviz.core.errors import MaybeDone
from memviz.stores.redis.committing import Unconfirmed, in_doubt
from memviz.stores.redis.errors import Unreachable


def test_only_what_was_sent_is_in_doubt():
    link = SimpleNamespace(address=SimpleNamespace(server="here:6379"))
    lost = in_doubt(Unreachable("gone", sent=True), link)
    assert isinstance(lost, MaybeDone)
    assert lost.sent
    assert "look whether the edit is there" in str(lost)
    assert not isinstance(in_doubt(Unreachable("gone"), link), MaybeDone)
    assert issubclass(Unconfirmed, MaybeDone)
