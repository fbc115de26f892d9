"""What views share that show a closer look at the chosen step."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from memviz.core.trace import Trace
from memviz.gui.views.base import View


class LookView(View):
    """Shows what is computed anew for a step. Until that of the chosen step is there, the one before stays in sight.

    A subclass draws :attr:`found`, and says that it is of :attr:`found_step`.

    Attributes:
        what: the look's name in ``session.looks.LOOKS``.
        invitation: what the view says before the first question.
        found: the look that is in sight, or None.
        found_step: the step it is of.
    """

    what: ClassVar[str]
    invitation: ClassVar[str]

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: Any = None
        self.found_step = -1
        self._found_in: Trace | None = None

    def why_empty(self, trace: Trace | None) -> str:
        if trace is None:
            return self.invitation
        if not trace.steps:
            return "Waiting for the first step …" if trace.finish is None else "The run ended before its first step."
        step = min(max(self.step, 0), trace.steps - 1)
        looked = self.look(self.what, step)
        if looked.value is not None:
            self.found, self.found_step, self._found_in = looked.value, step, trace
        elif looked.words or self._found_in is not trace:
            self.found = None
        return looked.words or ("The model looks at this step again …" if self.found is None else "")
