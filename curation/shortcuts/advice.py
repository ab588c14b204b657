"""What to do about a feature that gives the forgeries away, in a sentence or two."""

from __future__ import annotations

from curation.shortcuts.catalogue import Feature
from schemas.shortcuts import Family

_SAME_CODEC = (
    "Encode both the same way: `codec.policy: jpeg` or `matched` in a recipe, or re-encode the set "
    "with one distribution of settings for both labels."
)
_STRIP = (
    "Strip metadata from both sides before publishing; `codec.policy: jpeg` or `lossless` does."
)
_BY_FEATURE = {
    "size_step": (
        "Draw sizes of forgeries from those of real pictures and crop or scale both alike: "
        "`codec.policy: matched` gives each forgery the size of a real one."
    ),
    "bytes_per_pixel": (
        "With equal settings this follows from content: match size, quality and format first "
        "(`codec.policy: matched`), then see whether forgeries are smoother than real pictures."
    ),
    "resaved": (
        "Give both sides the same number of JPEG saves: put the forgeries through the real "
        "pictures' chain (`codec.policy: matched`), or take real pictures that were saved once."
    ),
    "provenance": "Keep manifests in a file beside the set and strip them from the pictures.",
    "segments": (
        "Write both sides with the same encoder, metadata stripped; the order of a file's segments "
        "names the program that wrote it."
    ),
}
_SAME_ADVICE = {
    "first_quality": "resaved",
    "second_grid": "resaved",
    "saves": "resaved",
    "segment_count": "segments",
    "jfif": "segments",
    "adobe": "segments",
}
_BY_FAMILY = {
    Family.CONTAINER: (
        "Store both in one format: set `codec.policy` to `lossless` or `jpeg`, or publish both "
        "encodings of every picture with `twins`."
    ),
    Family.SIZE: (
        "Match sizes: crop or scale real pictures as the forgeries were, or give each forgery the "
        "size of a real one with `codec.policy: matched`."
    ),
    Family.ENCODING: _SAME_CODEC,
    Family.METADATA: _STRIP,
    Family.HISTORY: (
        "The JPEG grid is a trace of an earlier save: put both sides through the same crops, "
        "scaling and saves (`codec.policy: matched`)."
    ),
    Family.COLOUR: (
        "This is what the pictures show, so it may be what a detector should learn; where it is "
        "only taste or topic, balance content between real and fake."
    ),
    Family.FREQUENCY: (
        "A generator's own spectrum is a fair trace to learn; blur or sharpness from scaling one "
        "side only is not: put both through the same scaling."
    ),
}


def remedy(feature: Feature) -> str:
    """What to do about a feature that tells."""
    like = _SAME_ADVICE.get(feature.name, feature.name)
    return _BY_FEATURE.get(like, _BY_FAMILY[feature.family])
