"""Which picture an annotation means: by its path within the folder, or the end of that path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from schemas.errors import RecipeError


def endings(path: str) -> tuple[str, ...]:
    """`a/b/c` as `a/b/c`, `b/c` and `c`."""
    parts = path.split("/")
    return tuple("/".join(parts[start:]) for start in range(len(parts)))


def cleaned(name: str) -> str:
    """A path as an annotation file has it, with slashes and without a leading `./`."""
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


class Names:
    """Finds the annotated name that means a picture.

    `train/a.jpg` is meant by `train/a.jpg`, by `a.jpg`, and by `set/train/a.jpg`; the one that
    agrees in most parts of the path counts.
    """

    def __init__(self, annotated: Iterable[str]) -> None:
        self._annotated = tuple(annotated)
        self._by_ending: defaultdict[str, list[str]] = defaultdict(list)
        self._exact = set(self._annotated)
        for name in self._annotated:
            for ending in endings(name)[1:]:
                self._by_ending[ending].append(name)

    def of(self, picture: str) -> str | None:
        """The annotated name that means `picture`; None where there is none, or no single one."""
        for ending in endings(picture):
            if ending in self._exact:
                return ending
        longer = self._by_ending.get(picture, [])
        return longer[0] if len(longer) == 1 else None

    def missing(self, pictures: Sequence[str], what: str) -> tuple[str, ...]:
        """The annotated names that mean none of `pictures`, sorted.

        Raises `RecipeError` where a name means two of them, or none means any.
        """
        meant: dict[str, str] = {}
        for picture in pictures:
            name = self.of(picture)
            if name is not None and name in meant:
                raise RecipeError(
                    f"sources: {what} names {name!r}, and there are {meant[name]!r} and "
                    f"{picture!r}; write the path within the folder there"
                )
            if name is not None:
                meant[name] = picture
        if self._annotated and not meant:
            raise RecipeError(
                f"sources: {what} is about {len(self._annotated)} pictures ({self._annotated[0]!r} "
                f"is the first), none of which is in the folder ({pictures[0]!r} is); does the "
                f"entry's path lead to the right folder? (annotations: [] reads none)"
            )
        return tuple(sorted(self._exact - meant.keys()))
