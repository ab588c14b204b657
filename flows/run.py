"""A run folder: the recipe it was started with, its parts, its published set, and its lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout
from upath import UPath

from schemas.errors import BusyError, StorageError
from schemas.identity import canonical_json
from schemas.recipe import Recipe
from storage.files import explained, is_local, location, read_bytes, remove_partials, write_bytes
from storage.parts import Part, PartManifest

# The libraries whose version can change a pixel, a mask or the bytes of a file.
_PIXEL_LIBRARIES = (
    "counterfoil",
    "faker",
    "imagehash",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pyarrow",
    "scikit-image",
    "scikit-learn",
    "scipy",
)


@cache
def software() -> dict[str, str]:
    """Versions of what the bytes of a part depend on, by package."""
    found = {}
    for package in _PIXEL_LIBRARIES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


@dataclass(frozen=True, slots=True)
class Run:
    """One run: a folder (local or in an object store) and the recipe that it builds."""

    folder: UPath
    recipe: Recipe

    @property
    def parts(self) -> UPath:
        """Where the stages keep their parts."""
        return self.folder / "parts"

    @property
    def dataset(self) -> UPath:
        """Where the published set lies."""
        return self.folder / "dataset"

    def part(self, stage: str, index: int = 0) -> Part:
        """The place of a stage's part."""
        return Part(self.parts, stage, index)

    def manifest(self, stage: str, index: int = 0) -> PartManifest:
        """The manifest of a part that an earlier stage has finished."""
        manifest = self.part(stage, index).manifest()
        if manifest is None:
            raise StorageError(
                f"part {index} of stage {stage} vanished from {self.parts} while it was needed; "
                "run the same command again and it will be made anew"
            )
        return manifest


def default_folder(recipe: Recipe) -> str:
    """Where a recipe is built unless told otherwise."""
    return f"runs/{recipe.name}"


def start_run(folder: str, recipe: Recipe) -> Run:
    """Make the run folder and leave the recipe in it for the tasks, in whatever process."""
    path = location(folder)
    with explained(f"making {folder}"):
        path.mkdir(parents=True, exist_ok=True)
    write_bytes(path / "recipe.json", canonical_json(recipe.model_dump(mode="json")).encode())
    return Run(path, recipe)


def open_run(folder: str) -> Run:
    """The run that `start_run` began. Raises `StorageError` where there is none."""
    path = location(folder)
    kept = path / "recipe.json"
    with explained(f"looking into {folder}"):
        there = kept.exists()
    if not there:
        raise StorageError(
            f"{folder} holds no run; build one there (counterfoil build RECIPE --out {folder}), or "
            "name another folder"
        )
    return Run(path, Recipe.model_validate_json(read_bytes(kept)))


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Hold the run folder for this process. The lock falls with the process, however it ends."""
    path = location(folder)
    if not is_local(path):
        yield
        return
    with explained(f"making {folder}"):
        Path(path.path).mkdir(parents=True, exist_ok=True)
        lock = FileLock(Path(path.path) / ".lock", timeout=0)
    with explained(f"locking {folder}"):
        try:
            lock.acquire()
        except Timeout as error:
            raise BusyError(
                f"another build is running in {folder}; wait for it, or choose another --out"
            ) from error
    try:
        remove_partials(path)
        yield
    finally:
        lock.release()
