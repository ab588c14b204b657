"""The pictures that come inside scikit-image, scikit-learn and matplotlib: sources offline."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from errno import ENOENT
from importlib.util import find_spec
from pathlib import Path

from schemas.errors import RecipeError
from schemas.identity import hash_bytes
from schemas.picture import Picture, Pixels, RejectedSource
from schemas.recipe.sources import PackagedSource
from schemas.vocabulary import Consent, Domain
from sources.cutting import Origin, cut_pictures
from sources.marks import Marks
from sources.words import find_words


@dataclass(frozen=True, slots=True)
class PackagedPicture:
    """A picture file inside an installed package, with its licence as that package states it.

    `domains` are those for which a recipe takes it without naming it. `group` is shared by
    pictures of one scene. `licence` is an SPDX id, "public-domain", or "unknown" where the package
    says nothing of the picture.
    """

    name: str
    package: str
    file: str
    licence: str
    attribution: str
    domains: tuple[Domain, ...] = ()
    group: str | None = None

    @property
    def origin(self) -> str:
        """The package's distribution and the file's name, such as `scikit-image/coffee.png`."""
        return f"{_PACKAGES[self.package][0]}/{self.file}"


# Import name: distribution, folder within the package.
_PACKAGES = {
    "skimage": ("scikit-image", "data"),
    "sklearn": ("scikit-learn", "datasets/images"),
    "matplotlib": ("matplotlib", "mpl-data/sample_data"),
}
_NATURAL = (Domain.NATURAL,)
_FACE = (Domain.DEEPFAKE,)
_PAGE = (Domain.DOCUMENT,)
_MIDDLEBURY = (
    "Middlebury Stereo Datasets 2014: D. Scharstein, H. Hirschmüller, Y. Kitajima, G. Krathwohl, "
    "N. Nešić, X. Wang, P. Westling, High-Resolution Stereo Datasets with Subpixel-Accurate "
    "Ground Truth, GCPR 2014; scaled down by scikit-image"
)

# Licences: the docstrings of skimage.data, scikit-learn's datasets/images/README.txt. A picture
# that no recipe takes by itself (`domains` is empty) is grey, where anything in colour that is
# pasted in gives itself away, or is no page with words that can be found.
PICTURES: tuple[PackagedPicture, ...] = (
    PackagedPicture(
        "astronaut", "skimage", "astronaut.png", "public-domain", "NASA (Eileen Collins)", _FACE
    ),
    PackagedPicture(
        "brick", "skimage", "brick.png", "CC0-1.0",
        "CC0Textures (Bricks25), adapted by scikit-image",
    ),
    PackagedPicture("camera", "skimage", "camera.png", "CC0-1.0", "Lav Varshney"),
    PackagedPicture(
        "cell", "skimage", "cell.png", "CC0-1.0",
        "P. Müller, M. Schürmann, S. Girardo, G. Cojoc, J. Guck, doi:10.1364/OE.26.010729",
    ),
    PackagedPicture(
        "chelsea", "skimage", "chelsea.png", "CC0-1.0", "Stéfan van der Walt", _NATURAL
    ),
    PackagedPicture(
        "china", "sklearn", "china.jpg", "CC-BY-2.0",
        "danielbuechele, https://www.flickr.com/photos/danielbuechele/6061409035/", _NATURAL,
    ),
    PackagedPicture(
        "clock_motion", "skimage", "clock_motion.png", "public-domain", "Stéfan van der Walt"
    ),
    PackagedPicture(
        "coffee", "skimage", "coffee.png", "CC0-1.0",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar", _NATURAL,
    ),
    PackagedPicture("coins", "skimage", "coins.png", "public-domain", "Brooklyn Museum"),
    PackagedPicture(
        "flower", "sklearn", "flower.jpg", "CC-BY-2.0",
        "vultilion, https://www.flickr.com/photos/vultilion/6056698931/", _NATURAL,
    ),
    PackagedPicture(
        "grace_hopper", "matplotlib", "grace_hopper.jpg", "public-domain",
        "United States Navy (Grace Hopper)", _FACE,
    ),
    PackagedPicture(
        "grass", "skimage", "grass.png", "CC0-1.0", "linolafett, adapted by scikit-image"
    ),
    PackagedPicture(
        "gravel", "skimage", "gravel.png", "CC0-1.0",
        "CC0Textures (Gravel04), adapted by scikit-image",
    ),
    PackagedPicture(
        "hubble_deep_field", "skimage", "hubble_deep_field.jpg", "public-domain",
        "NASA (Hubble eXtreme Deep Field)", _NATURAL,
    ),
    PackagedPicture(
        "ihc", "skimage", "ihc.png", "public-domain",
        "Center for Microscopy and Molecular Imaging (CMMI)", _NATURAL,
    ),
    PackagedPicture("moon", "skimage", "moon.png", "unknown", "scikit-image"),
    PackagedPicture(
        "motorcycle_left", "skimage", "motorcycle_left.png", "unknown", _MIDDLEBURY, _NATURAL,
        group="scikit-image/motorcycle",
    ),
    PackagedPicture(
        "motorcycle_right", "skimage", "motorcycle_right.png", "unknown", _MIDDLEBURY, _NATURAL,
        group="scikit-image/motorcycle",
    ),
    PackagedPicture("page", "skimage", "page.png", "unknown", "scikit-image", _PAGE),
    PackagedPicture(
        "retina", "skimage", "retina.jpg", "CC0-1.0",
        "Mikael Häggström, doi:10.15347/wjm/2014.008", _NATURAL,
    ),
    PackagedPicture("rocket", "skimage", "rocket.jpg", "public-domain", "SpaceX", _NATURAL),
    PackagedPicture(
        "text", "skimage", "text.png", "public-domain", "Wikipedia, File:Corner.png"
    ),
)  # fmt: skip
_BY_NAME = {picture.name: picture for picture in PICTURES}


class PackagedPictures:
    """Reads a `PackagedSource`. Nothing is ever downloaded.

    Raises `RecipeError` for a name that is not in `PICTURES`.
    """

    def __init__(self, entry: PackagedSource, seed: int) -> None:
        for name in entry.pictures:
            if name not in _BY_NAME:
                near = difflib.get_close_matches(name, _BY_NAME, n=1)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise RecipeError(
                    f"sources: there is no packaged picture named {name!r}.{hint} "
                    f"There are: {', '.join(_BY_NAME)}."
                )
        chosen = [_BY_NAME[name] for name in entry.pictures] or [
            picture for picture in PICTURES if entry.domain in picture.domains
        ]
        self._entry = entry
        self._seed = seed
        self._pictures = {picture.origin: picture for picture in chosen}

    def origins(self) -> Sequence[str]:
        """`distribution/file name`, sorted."""
        return tuple(sorted(self._pictures))

    def signature(self, origin: str) -> str:
        """The SHA-256 of the file; empty where the package lacks it."""
        try:
            return hash_bytes(packaged_bytes(self._pictures[origin]))
        except OSError:
            return ""

    def read(self, origin: str) -> Iterator[Picture | RejectedSource]:
        """The pictures of one origin, or why it was rejected."""
        picture, entry = self._pictures[origin], self._entry
        try:
            data = packaged_bytes(picture)
        except OSError as error:
            yield RejectedSource(
                origin,
                "missing",
                f"the installed package lacks this file: {error.strerror}",
            )
            return
        file = Origin(
            name=origin,
            data=data,
            domain=entry.domain,
            group=entry.group or picture.group or origin,
            licence=picture.licence,
            attribution=picture.attribution,
            # Every packaged portrait is in the public domain.
            consent=Consent.GIVEN,
            face_detector=entry.face_detector,
            face_landmarks=entry.face_landmarks,
        )
        yield from cut_pictures(file, entry.crops, self._seed, self._marks_of)

    def _marks_of(self, pixels: Pixels) -> Marks:
        return Marks(find_words(pixels) if self._entry.domain is Domain.DOCUMENT else ())


def packaged_bytes(picture: PackagedPicture) -> bytes:
    """The bytes of the file of `picture`. Raises `OSError` where the package does not carry it."""
    # The spec of a package tells its folder without importing it, which would take seconds.
    spec = find_spec(picture.package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(ENOENT, f"{picture.package} is not installed")
    folder = Path(spec.submodule_search_locations[0], _PACKAGES[picture.package][1])
    return (folder / picture.file).read_bytes()
