"""Finds a checkpoint and says which one exactly it is, before any weights are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from schemas.errors import GeneratorError, MissingExtraError

INDEX = "model_index.json"
_CONFIG = "config.json"
_SAMPLE = 1 << 20


@dataclass(frozen=True, slots=True)
class Located:
    """A checkpoint that exists. `place` and `commit` are what diffusers loads it by.

    `content`: which weights these are: "commit:…" of the hub, or "sha256:…" of a folder's files.
    `index`: its model_index.json, or the config of an autoencoder that stands `alone`.
    """

    place: str
    commit: str | None
    content: str
    index: Mapping[str, Any]
    alone: bool

    @property
    def pipeline(self) -> str:
        """The class that the checkpoint says runs it; "" for an autoencoder that stands alone."""
        return "" if self.alone else str(self.index.get("_class_name", ""))

    @property
    def autoencoder(self) -> str | None:
        """The subfolder of the autoencoder, "" where it stands alone, None where there is none."""
        if self.alone:
            return ""
        return next((name for name in ("vae", "movq") if name in self.index), None)


@lru_cache(maxsize=32)
def locate(checkpoint: str, revision: str | None) -> Located:
    """Find a folder or a checkpoint on the hub, whose index alone is fetched.

    Raises `GeneratorError` that says what to do: where there is none, where its licence must be
    accepted first, or where the hub cannot be reached.
    """
    folder = Path(checkpoint).expanduser()
    if folder.is_dir():
        index = next((folder / n for n in (INDEX, _CONFIG) if (folder / n).is_file()), None)
        if index is None:
            raise GeneratorError(
                f"The folder {checkpoint} holds no checkpoint of diffusers: neither {INDEX} nor "
                f"{_CONFIG} is in it."
            )
        content = f"sha256:{_digest(folder)}"
        return Located(str(folder), None, content, _read(index), index.name != INDEX)
    if checkpoint.startswith(("/", ".", "~")) or checkpoint.count("/") > 1:
        raise GeneratorError(f"There is no folder {checkpoint}; name one, or a model of the hub.")
    index, commit = _fetch_index(checkpoint, revision)
    return Located(checkpoint, commit, f"commit:{commit}", _read(index), index.name != INDEX)


def locate_second(named: str) -> Located:
    """A checkpoint that another one needs: hub name, with @revision if need be, or folder."""
    if Path(named).expanduser().is_dir():
        return locate(named, None)
    checkpoint, _, revision = named.partition("@")
    return locate(checkpoint, revision or None)


def _fetch_index(checkpoint: str, revision: str | None) -> tuple[Path, str]:
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import RemoteEntryNotFoundError
    except ImportError as missing:
        raise MissingExtraError("ml", "torch and diffusers", "Diffusion") from missing
    try:
        try:
            path = Path(hf_hub_download(checkpoint, INDEX, revision=revision))
        except RemoteEntryNotFoundError:
            path = Path(hf_hub_download(checkpoint, _CONFIG, revision=revision))
    except Exception as error:
        raise unavailable(checkpoint, revision, error) from error
    # A file of the hub lies in …/snapshots/<commit>/.
    return path, path.parent.name


def unavailable(checkpoint: str, revision: str | None, error: Exception) -> GeneratorError:
    """What to do about a checkpoint that could not be fetched or loaded."""
    from huggingface_hub import errors

    first = str(error).strip().splitlines()
    told = f"({type(error).__name__}: {first[0] if first else ''})"
    if Path(checkpoint).is_dir():
        return GeneratorError(
            f"The checkpoint in {checkpoint} could not be loaded: a file may be missing or "
            f"damaged, or it is none for this pipeline. {told}"
        )
    name = f"{checkpoint!r}" + (f" at {revision!r}" if revision else "")
    if isinstance(error, errors.GatedRepoError):
        advice = (
            f"is gated: accept its licence at https://huggingface.co/{checkpoint}, then "
            "run `hf auth login`, or set HF_TOKEN"
        )
    elif isinstance(error, errors.RevisionNotFoundError):
        advice = "has no such revision; name a commit, a tag or a branch of it"
    elif isinstance(error, errors.RepositoryNotFoundError):
        advice = "is not on the hub, or not for you to see; check the name, or run `hf auth login`"
    elif isinstance(error, errors.HFValidationError):
        advice = "is neither a folder nor a name of the hub"
    elif isinstance(error, OSError | errors.OfflineModeIsEnabled):
        advice = (
            "could not be loaded. Without the hub, download it where there is one (`hf download "
            f"{checkpoint}`) and name its folder with the option 'checkpoint'"
        )
    else:
        advice = "could not be loaded"
    return GeneratorError(f"The checkpoint {name} {advice}. {told}")


def _read(path: Path) -> Mapping[str, Any]:
    index: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return index


def _digest(folder: Path) -> str:
    """Of the name and size of every file but cards, and of its first, middle and last megabyte.

    Weights of the same sizes that were trained otherwise differ there, and no more need be read of
    checkpoints of many gigabytes.
    """
    found = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".md"):
        name = path.relative_to(folder).as_posix()
        if name.startswith(".") or "__pycache__" in name:
            continue
        size = path.stat().st_size
        found.update(f"{name}\0{size}\0".encode())
        with path.open("rb") as file:
            for start in sorted({0, max(0, (size - _SAMPLE) // 2), max(0, size - _SAMPLE)}):
                file.seek(start)
                found.update(file.read(_SAMPLE))
    return found.hexdigest()[:32]
