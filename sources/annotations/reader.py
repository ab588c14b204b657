"""What a reader of annotations is, and what all of them say when an annotation is no good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from sources.marks import Marks, Notes
from storage.reading import UnreadablePicture

T = TypeVar("T")


class AnnotationReader(Protocol):
    """Knows what one `annotations` entry of a recipe says of the pictures of a folder.

    Pictures are named by their path within the folder. Constructing one reads nothing.
    """

    @property
    def name(self) -> str:
        """What the annotations are called in messages."""
        ...

    def notes(self, picture: str) -> Notes:
        """What is known of the whole. Raises `UnreadablePicture` (`bad_annotations`)."""
        ...

    def marks(self, picture: str, frame: Frame) -> Marks:
        """What is known of places in it. Raises `UnreadablePicture` (`bad_annotations`)."""
        ...

    def signature(self, picture: str) -> str:
        """What changes when the annotations of this picture do."""
        ...

    def owns(self, name: str) -> bool:
        """Whether a file of the folder is itself an annotation, though named like a picture."""
        ...

    def missing(self, pictures: Sequence[str]) -> Sequence[str]:
        """What is annotated but not among `pictures`, sorted.

        Raises `RecipeError` where the annotations cannot be read, fit none of the pictures, or
        name one in a way that fits several.
        """
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of an upright picture, and whether annotations of another size may be fitted."""

    height: int
    width: int
    rescale: bool = False

    def scale(self, height: int, width: int) -> tuple[float, float]:
        """Factors of x and y from an annotation that was made at this size to the picture.

        Raises `UnreadablePicture` where the sizes differ and may not be fitted: `rescale` is off,
        or the sides differ in their proportion by more than the rounding of a pixel.
        """
        if (height, width) == (self.height, self.width):
            return 1.0, 1.0
        differ = (
            f"it was made for {width} by {height} pixels, "
            f"the upright picture has {self.width} by {self.height}"
        )
        if min(height, width) < 1:
            raise bad(differ)
        x, y = self.width / width, self.height / height
        # Either side may have been rounded by half a pixel, at either of the two sizes.
        slack = 0.5 / self.width + 0.5 / self.height + 0.5 / width + 0.5 / height
        if abs(x / y - 1) > slack:
            raise bad(f"{differ}, which is another shape")
        if not self.rescale:
            raise bad(f"{differ}; set rescale: true in `annotations` to fit it")
        return x, y


def bad(detail: str) -> UnreadablePicture:
    """The error of an annotation that cannot be used."""
    return UnreadablePicture("bad_annotations", detail)


def validated(adapter: TypeAdapter[T], data: bytes) -> T:
    """The JSON in `data`. Raises `UnreadablePicture` that says what is wrong at which place."""
    try:
        return adapter.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise bad(f"{place}: {first['msg']}" if place else first["msg"]) from error
