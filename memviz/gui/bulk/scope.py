"""Which entries the window would edit: those chosen in the table, those that the search finds, or all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from memviz.core.filters import Filter

if TYPE_CHECKING:
    from memviz.session.bulk.choice import Choice


@dataclass(frozen=True, slots=True)
class Offer:
    """Entries that can be edited: in words, how many they are (None: not counted yet), and the choice itself."""

    what: str
    count: int | None
    choice: Choice

    @property
    def words(self) -> str:
        return self.what if self.count is None else f"{self.what} ({self.count:,})"


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What stands in the table at this moment.

    Attributes:
        chosen: int64 [n], ids of the chosen rows.
        run: int64 [n], ids of all rows where only entries of the run in view are shown; else None.
        search: what was typed, empty without a search; ``text`` and ``where`` are its words and its conditions.
        found: how many rows that makes; None while they are being counted.
        total: number of entries in the memory.
    """

    chosen: NDArray[np.int64]
    run: NDArray[np.int64] | None
    search: str
    text: str
    where: Filter
    found: int | None
    total: int

    def offers(self) -> list[Offer]:
        """Each choice that there is, the narrowest first."""
        from memviz.session.bulk.choice import Choice

        offers = []
        if len(self.chosen):
            offers.append(Offer("Chosen rows", len(self.chosen), Choice(self.chosen)))
        if self.run is not None:
            if len(self.run):
                offers.append(Offer("Rows in the table", len(self.run), Choice(self.run)))
        elif (self.text or self.where) and self.found != 0:
            # Searched for when it is edited: others may have changed what is found.
            choice = Choice(text=self.text, where=self.where)
            offers.append(Offer(f"What “{self.search}” finds", self.found, choice))
        offers.append(Offer("All entries", self.total, Choice()))
        return offers
