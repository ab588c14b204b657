"""A dialogue under way: who drives it puts its questions and hands the outcomes back to it."""

from __future__ import annotations

from typing import Generic, TypeVar

from endpoints.dialogue import Dialogue, Outcome, Question

_Result = TypeVar("_Result")


class Talk(Generic[_Result]):
    """A dialogue and how far it has come. `result`: once it is `over`."""

    result: _Result

    def __init__(self, dialogue: Dialogue[_Result]) -> None:
        self._dialogue = dialogue
        self.over = False

    def step(self, outcome: Outcome | None) -> Question | None:
        """The next question, None when it has its result. `outcome`: None to begin with."""
        try:
            return next(self._dialogue) if outcome is None else self._dialogue.send(outcome)
        except StopIteration as end:
            self.result, self.over = end.value, True
            return None
