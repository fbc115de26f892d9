"""Where a conversation is in a dialogue file."""

from __future__ import annotations

from memviz.core.errors import KnownError
from memviz.dialogue.files import DialogueFile
from memviz.dialogue.turns import USER, DialogueSession, SpokenTurn
from memviz.session.chat_state import FilePlace


class FileReader:
    """A dialogue file and the place in it; goes forward only. One thread at a time."""

    def __init__(self, file: DialogueFile) -> None:
        self.file = file
        self._session = 0
        self._turn = 0
        self._done = 0

    @property
    def at_end(self) -> bool:
        return self._session >= len(self.file.sessions)

    @property
    def begins_session(self) -> bool:
        """Whether the next turn is the first of its session."""
        return self._turn == 0

    def place(self) -> FilePlace:
        return FilePlace(self.file.path.name, self._done, self.file.count)

    def session(self) -> DialogueSession:
        """The session of the next turn.

        Raises:
            KnownError: there is no next turn.
        """
        if self.at_end:
            raise KnownError("The dialogue has come to its end; load another one, or say something.")
        return self.file.sessions[self._session]

    def exchange(self) -> tuple[SpokenTurn, ...]:
        """The next turn and the answers to it; errors as :meth:`session`."""
        turns = self.session().turns
        later = (number for number in range(self._turn + 1, len(turns)) if turns[number].role == USER)
        return turns[self._turn : next(later, len(turns))]

    def rest(self) -> tuple[SpokenTurn, ...]:
        """What is left of the session; errors as :meth:`session`."""
        return self.session().turns[self._turn :]

    def advance(self, turns: int) -> None:
        """Goes past so many turns of the session."""
        self._turn += turns
        self._done += turns
        if self._turn >= len(self.session().turns):
            self._session, self._turn = self._session + 1, 0
