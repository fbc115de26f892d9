"""The question box offers what the model understands, and never takes away what was typed."""

from __future__ import annotations

from memviz.gui.settings import EXAMPLE_QUESTION
from tests.gui.scenes import SceneModel


class Bits(SceneModel):
    example = "1011 0110"


def test_a_model_of_sequences_offers_one_and_another_model_takes_it_back(window, loaded, qtbot) -> None:
    box = window.queries.box
    box.setPlainText(EXAMPLE_QUESTION)

    def load(model: SceneModel) -> None:
        loaded.session.model_for = lambda _: model
        loaded.loader.load_model("other")
        qtbot.waitUntil(lambda: not loaded.loader.busy)

    load(Bits())
    assert box.toPlainText() == "1011 0110"
    load(SceneModel())
    assert box.toPlainText() == EXAMPLE_QUESTION
    box.setPlainText("my own question")
    load(Bits())
    assert box.toPlainText() == "my own question"
