"""What is meant of a set of pictures, where there is more than one thing that could be."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import StorageError


@dataclass(frozen=True, slots=True)
class Choice:
    """Of a set's columns and parts; None where there is nothing to choose.

    `image_column` names the column of pictures where there are several, `key_column` one whose
    values name the pictures. `config`, `split` and `revision` choose of sets that have some.
    """

    image_column: str | None = None
    key_column: str | None = None
    config: str | None = None
    split: str | None = None
    revision: str | None = None

    def refuse_parts(self, name: str, kind: str) -> None:
        """What was asked of a set that has no such thing is an error, not ignored."""
        asked = {"config": self.config, "split": self.split, "revision": self.revision}
        for option, value in asked.items():
            if value is not None:
                raise StorageError(f"{name} is {kind}, which has no {option} to choose")


NOTHING = Choice()
"""Nothing is chosen: the whole set, by its usual columns."""
