"""Which entries the window would edit: those chosen in the table, those that the search finds, or all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from memviz.session.bulk.choice import Choice


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What stands in the table at this moment.

    Attributes:
        chosen: int64 [n], ids of the chosen rows.
        shown: int64 [n], ids of all rows; None where they are all entries.
        searched: the words of the search; empty without one.
        total: number of entries in the memory.
    """

    chosen: NDArray[np.int64]
    shown: NDArray[np.int64] | None
    searched: str
    total: int

    def choices(self) -> list[tuple[str, Choice]]:
        """(Words, choice) of each that there is, the narrowest first."""
        from memviz.session.bulk.choice import Choice

        found = []
        if len(self.chosen):
            found.append((f"Chosen rows ({len(self.chosen):,})", Choice(self.chosen)))
        if self.shown is not None and len(self.shown):
            what = f"What “{self.searched}” finds" if self.searched else "Rows in the table"
            found.append((f"{what} ({len(self.shown):,})", Choice(self.shown)))
        found.append((f"All entries ({self.total:,})", Choice()))
        return found
