"""What a set of pictures is to those who only look at it: pieces of files or rows, with facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """One picture as it is stored.

    `key` names it within its set: the path below the folder, or the row's id or place. `data` is
    the whole encoded file, untouched. `facts` are the other columns of its row (`label`, `domain`,
    `generator`, `group_id`, `fingerprint` … under the set's own names; class labels by their
    names); of a bare file, `folder`: the first folder of its path, where it lies in one.
    `problem` says in a sentence why the bytes could not be had, where they could not: `data` is
    empty then.
    """

    key: str
    data: bytes
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


class PictureSet(Protocol):
    """A set of pictures, cut into pieces that processes may read side by side.

    It travels to another process by pickling.
    """

    @property
    def name(self) -> str:
        """What people call it: its path or URL."""
        ...

    def pieces(self) -> Sequence[str]:
        """Names of its pieces, in a fixed order; reading all of them gives every picture once."""
        ...

    def read(self, piece: str, columns: Sequence[str] | None = None) -> Iterator[StoredPicture]:
        """The pictures of one piece, in order, with all facts or the named columns'.

        All facts are those that are no pictures themselves: masks come only when named. A picture
        whose bytes cannot be had comes with its `problem`; one that is no picture is given as it
        is: whoever decodes it says so. `StorageError` where the piece cannot be read at all.
        """
        ...

    def stamp(self, piece: str) -> str:
        """What changes when a picture of the piece is added, removed or written; reads little."""
        ...
