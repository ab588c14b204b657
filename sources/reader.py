"""What a reader of sources is, and which one reads which entry of a recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from schemas.picture import Picture, RejectedSource
from schemas.recipe.sources import DatasetSource, FolderSource, PackagedSource, SourceEntry


class SourceReader(Protocol):
    """Reads the pictures of one `sources` entry. Constructing one is cheap and reads nothing."""

    def origins(self) -> Sequence[str]:
        """The sorted names of what can be read, without decoding any of it."""
        ...

    def signature(self, origin: str) -> str:
        """What changes when the picture behind `origin` does, without decoding it."""
        ...

    def read(self, origin: str) -> Iterator[Picture | RejectedSource]:
        """The pictures cut from `origin`, or why there are none.

        A bad picture is answered with a `RejectedSource`; only infrastructure errors are raised.
        """
        ...


def open_reader(entry: SourceEntry, seed: int) -> SourceReader:
    """The reader of `entry`; all its randomness (crops, invented data) is derived from `seed`.

    Raises `RecipeError` where the entry names pictures or places that do not exist, at the latest
    when its origins are listed.
    """
    # Each kind is imported only where it is used: listing packaged pictures needs no fonts.
    if isinstance(entry, PackagedSource):
        from sources.packaged import PackagedPictures

        return PackagedPictures(entry, seed)
    if isinstance(entry, FolderSource):
        from sources.folder import FolderPictures

        return FolderPictures(entry, seed)
    if isinstance(entry, DatasetSource):
        from sources.dataset import DatasetPictures

        return DatasetPictures(entry, seed)
    from sources.rendered import RenderedDocuments

    return RenderedDocuments(entry, seed)
