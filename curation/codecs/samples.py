"""What decides how one picture is stored, and the encoding of the file that it came from."""

from __future__ import annotations

from dataclasses import dataclass

from curation.codecs.stored import StoredCodec
from schemas.identity import unit_interval
from schemas.picture import Codec
from schemas.recipe.storing import CodecPolicy
from storage.codecs import Subsampling

_SUBSAMPLINGS: tuple[Subsampling, ...] = ("4:4:4", "4:2:2", "4:2:0")


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture of the set. `width` and `height` are those of its pixels.

    `history`: the codec of the file that the pixels came from: a real picture's file; a spliced
    forgery's source's file; of what a model drew anew or an import brought, what was handed over
    (PNG where that was pixels). `phase`: where the block grid of that file begins, (x, y) pixels
    left of and above the picture: its crop's corner, modulo 16. `generator`: None for real
    pictures; those of one name are matched by themselves. `source_id`: the `sample_id` of the real
    picture that a forgery was made from; `same_frame`: whether it shows what that one shows, as an
    edit does and what was drawn from words does not.
    """

    sample_id: str
    domain: str
    split: str
    width: int
    height: int
    history: Codec
    generator: str | None = None
    source_id: str | None = None
    same_frame: bool = True
    phase: tuple[int, int] = (0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height


def own_encoding(policy: CodecPolicy, sample: Sample, seed: int) -> StoredCodec:
    """The encoding of the file that a picture came from: PNG for every lossless one.

    What is not known of it is drawn from the policy's lists by a hash.
    """
    return StoredCodec("PNG") if sample.history.lossless else last_lossy(policy, sample, seed)


def last_lossy(policy: CodecPolicy, sample: Sample, seed: int) -> StoredCodec:
    """The lossy encoding that a picture's pixels went through, or one such as the policy has."""
    history = sample.history

    def drawn(what: str, count: int) -> int:
        return int(unit_interval(seed, "codec", what, sample.sample_id) * count)

    quality = history.quality
    if quality is None:
        quality = policy.qualities[drawn("quality", len(policy.qualities))]
    if history.format == "WEBP":
        return StoredCodec("WEBP", quality)
    known = [name for name in _SUBSAMPLINGS if name == history.subsampling]
    options = known or list(policy.subsamplings)
    return StoredCodec("JPEG", quality, options[drawn("subsampling", len(options))])
