"""Features of a stream of pictures, computed once: kept by what the pictures are, not by where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from upath import UPath

from detector.baselines.training_set import pixels_of
from detector.evaluation.contract import TestPicture
from detector.probes.contract import Extractor, Features
from detector.probes.pieces import PIECE, read_piece, write_piece
from schemas.errors import DatasetError
from schemas.identity import digest, hash_bytes

_AT_ONCE = 16  # Decoded pictures in memory; a benchmark's may have tens of megapixels.


@dataclass(frozen=True, slots=True)
class KeptFeatures:
    """What `extractor` makes of pictures. `cache`: the folder where pieces are kept, if any."""

    extractor: Extractor
    cache: Path | None

    def pieces(
        self, pictures: Iterable[TestPicture]
    ) -> Iterator[tuple[Sequence[TestPicture], Features]]:
        """The pictures in order, 64 at a time, with their vectors, float32 (n, d).

        The vector of a picture that cannot be read is NaN.
        """
        rest = iter(pictures)
        while piece := list(islice(rest, PIECE)):
            yield piece, self._of_piece(piece)

    def _of_piece(self, piece: Sequence[TestPicture]) -> Features:
        if self.cache is None:
            return self._made(piece)
        folder = UPath(self.cache) / f"features-{digest(self.extractor.identity)[:20]}"
        path = folder / f"{digest(*(hash_bytes(picture.encoded) for picture in piece))[:32]}.npy"
        known = read_piece(path, len(piece))
        if known is not None:
            return known
        made = self._made(piece)
        write_piece(path, made)
        return made

    def _made(self, piece: Sequence[TestPicture]) -> Features:
        seen: dict[int, Features] = {}
        for start in range(0, len(piece), _AT_ONCE):
            readable = {}
            for place, picture in enumerate(piece[start : start + _AT_ONCE], start):
                with suppress(DatasetError):
                    readable[place] = pixels_of(picture)
            if readable:
                vectors = self.extractor.extract(list(readable.values()))
                seen.update(zip(readable, vectors, strict=True))
        absent = np.full(next((len(one) for one in seen.values()), 1), np.nan, np.float32)
        return np.stack([seen.get(place, absent) for place in range(len(piece))])
