"""Fetches a few pictures of a set again, without reading what lies between them where it can."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from storage.picture_sets.contract import PictureSet, StoredPicture
from storage.picture_sets.folder import FolderSet


def pick(pictures: PictureSet, piece: str, keys: Collection[str]) -> Iterator[StoredPicture]:
    """The pictures of one piece that have these keys, without facts, in order.

    Stops reading when all are found. A picture that went since is left out.
    """
    if isinstance(pictures, FolderSet):
        yield from pictures.named(piece, keys)
        return
    waiting = set(keys)
    for one in pictures.read(piece, ()):
        if one.key in waiting:
            waiting.discard(one.key)
            yield one
            if not waiting:
                return
