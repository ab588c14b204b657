"""What a file says of itself before a single pixel is decoded.

Read off the file alone, for published sets too: what a set's columns know of a picture's history
(how often it was saved) is no information that comes with a picture.
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from storage.codecs import describe


def side_of(encoded: bytes) -> dict[str, Any]:
    """`width`, `height`, `bytes`; the codec's `format`, `quality`, `subsampling` and `lossless`.

    `bytes` alone where the file is no picture.
    """
    try:
        with Image.open(io.BytesIO(encoded)) as image:
            codec = describe(image)
            return {
                "width": image.width,
                "height": image.height,
                "format": codec.format,
                "quality": codec.quality,
                "subsampling": codec.subsampling,
                "lossless": codec.lossless,
                "bytes": len(encoded),
            }
    except (OSError, SyntaxError, ValueError):
        return {"bytes": len(encoded)}
