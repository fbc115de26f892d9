"""Opening a memory on a server from the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox

from memviz.core.edits import Insert
from tests.redis_servers import needs_server, server


def _filled(window, address: str, password: str = "", create: bool = False):
    from memviz.gui.dialogs.server_memory import ServerMemoryDialog

    window.actions_["open_server"].trigger()
    [dialog] = window.findChildren(ServerMemoryDialog)
    dialog.address.setText(address)
    dialog.password.setText(password)
    dialog.create_.setChecked(create)
    dialog.buttons.button(QDialogButtonBox.StandardButton.Open).click()
    return dialog


@needs_server
def test_a_memory_on_a_server_is_opened_and_its_password_shown_nowhere(window, loaded, qtbot, tmp_path: Path) -> None:
    with server(tmp_path / "server", requirepass="geheim", appendfsync="everysec") as started:
        _filled(window, f"127.0.0.1:{started.port}/notes", "geheim", create=True)
        qtbot.waitUntil(lambda: loaded.session.memory_url.startswith("redis://"), timeout=10_000)
        qtbot.waitUntil(lambda: not loaded.loader.busy)
        url = f"redis://127.0.0.1:{started.port}/notes"
        assert (loaded.session.memory_url, loaded.session.memory_name) == (url, "notes")
        assert loaded.settings.memory == url
        assert "geheim" not in str(loaded.settings.recent("memories"))
        assert "everysec" in window.central.notices.rows[-1].message
        loaded.session.edit(Insert(text="shared"))
        qtbot.waitUntil(lambda: loaded.loader.memory is not None and loaded.loader.memory.count == 1)
        loaded.session.open_memory(url).result()  # this process knows the password
        assert [entry.text for entry in loaded.session.entries()] == ["shared"]
        loaded.session.open_memory(str(tmp_path / "other.sqlite"), create=True).result()


@pytest.mark.parametrize(("address", "words"), [("host/3", "?db=3"), ("", "no address"), ("http://x/y", "no address")])
def test_what_is_no_address_is_told_in_the_dialog(window, loaded, address: str, words: str) -> None:
    before = loaded.session.memory_url
    dialog = _filled(window, address, "geheim")
    assert dialog.isVisible()
    assert words in dialog.trouble.text()
    assert "geheim" not in dialog.trouble.text()
    dialog.reject()
    assert loaded.session.memory_url == before


def test_a_server_that_is_lost_stands_in_the_bar_until_it_is_back(window, loaded, ask, qtbot) -> None:
    bar, lost = window.central.notices, "The server does not answer."
    bar.say("Something else.")
    loaded._post_notices((lost,))
    qtbot.waitUntil(lambda: bar.messages() == ["Something else.", lost])
    ask()
    assert bar.messages() == [lost]  # a question clears the rest
    bar.rows[0].close_button.click()
    loaded._post_notices((lost, "Its copy is behind."))
    qtbot.waitUntil(lambda: bar.messages() == ["Its copy is behind."])  # what the user closed stays closed
    loaded._post_notices(())
    qtbot.waitUntil(lambda: bar.messages() == [])
    loaded._post_notices((lost,))
    qtbot.waitUntil(lambda: bar.messages() == [lost])  # lost once more
