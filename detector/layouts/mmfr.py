"""MMFR-Dataset: pictures with the attributes and reasoning that were written of them.

Layout (the dataset's README and the loaders of its authors' code; the parts unpack into
`dataset/`):

    evaluation_sets/<generator>/{0_real,1_fake}/…   <generator>_reasoning.json
    diffusiondb/part-000001…/<uuid>.png   diffusiondb_reasoning.json
    laion/00000…/<nine digits>.jpg        laion_reasoning.json
    forgery_reasoning_cot.json

A `*_reasoning.json` is an object of `<generator>/1_fake/<file>` to attributes, each a sentence or
null. `forgery_reasoning_cot.json` is a list of `{"image", "conversations"}`, whose last turn holds
`<CAPTION>`, `<REASONING>` and `<CONCLUSION>`.

Not verified: whether an evaluation file lies within its generator's folder or beside it (both are
read), and whether keys of the two training files begin with the folder (both are tried).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.layouts.contract import BenchmarkSample
from detector.layouts.trees import (
    Relocation,
    begin,
    chosen,
    folders,
    key_of,
    pictures,
    read_json,
    required,
)
from schemas.errors import StorageError
from schemas.vocabulary import Domain, Label

_EVALUATION, _COT = "evaluation_sets", "forgery_reasoning_cot.json"
_MISSING = (
    "its reasoning file names it, but it is not there; unpack the part of the archive that holds it"
)
_LABELS = {"0_real": Label.REAL, "1_fake": Label.FAKE}
_TRAINING = {"diffusiondb": Label.FAKE, "laion": Label.REAL}


@dataclass(frozen=True, slots=True)
class Mmfr:
    """Splits: `evaluation` (ten generators) and `train` (those with a chain of thought)."""

    name: str = "mmfr"
    reference: str = "Toward Generalizable Forgery Detection and Reasoning, arXiv 2503.21210"
    distribution: str = (
        "join and unpack the dataset.part*.tar of the hub's AnnaGao/MMFR-Dataset; the folder then "
        f"holds {_EVALUATION}/<generator>/0_real and 1_fake, or {_COT}"
    )

    def find(self, folder: Path) -> Path | None:
        """Where `evaluation_sets` or the chain-of-thought file lies."""
        return begin(folder, _fits)

    def splits(self, folder: Path) -> tuple[str, ...]:
        """Of `evaluation` and `train`, those that are there."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        there = {"evaluation": (root / _EVALUATION).is_dir(), "train": (root / _COT).is_file()}
        return tuple(split for split, is_there in there.items() if is_there)

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """The pictures of the folders, and those that a reasoning file names and are not there."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        if chosen(split, self.splits(folder), self.name) == "train":
            yield from _training(root)
            return
        for generator in folders(root / _EVALUATION):
            yield from _evaluation(generator)


def _fits(folder: Path) -> bool:
    return (folder / _COT).is_file() or any(
        (below / name).is_dir() for below in folders(folder / _EVALUATION) for name in _LABELS
    )


def _evaluation(folder: Path) -> Iterator[BenchmarkSample]:
    generator = folder.name
    attributes = _attributes(folder, folder.parent / f"{generator}_reasoning.json")
    found = {
        key_of(path, folder.parent): path
        for name in _LABELS
        for path in pictures(folder / name, deep=True)
    }
    for key in sorted(found.keys() | attributes.keys()):
        side = key.split("/")[1] if key.count("/") > 1 else ""
        if side not in _LABELS:
            raise StorageError(
                f"the reasoning file of {generator} names {key!r}, which is in none of "
                f"{', '.join(_LABELS)}; fetch the file again"
            )
        label = _LABELS[side]
        yield BenchmarkSample(
            key=key,
            image=found.get(key, folder.parent / key),
            label=label,
            domain=Domain.AIGC,
            generator=generator if label == Label.FAKE else "",
            operation="text_to_image" if label == Label.FAKE else "",
            attributes=attributes.get(key, {}),
            reasoning=" ".join(attributes.get(key, {}).values()),
            problem="" if key in found else _MISSING,
        )


def _attributes(folder: Path, beside: Path) -> dict[str, dict[str, str]]:
    """What was written of each picture; empty where there is no file."""
    for path in (folder / beside.name, beside):
        if path.is_file():
            told = read_json(path)
            if not isinstance(told, Mapping):
                raise StorageError(f"{path} must hold an object of pictures to attributes")
            return {str(key): _sentences(value) for key, value in told.items()}
    return {}


def _sentences(value: Any) -> dict[str, str]:
    """Attributes that were given; a sentence that is no text is kept as its text."""
    if not isinstance(value, Mapping):
        return {}
    return {str(name): str(said) for name, said in value.items() if said not in (None, "")}


def _training(root: Path) -> Iterator[BenchmarkSample]:
    structured = {
        key: said
        for name in _TRAINING
        for told, said in _attributes(root / name, root / f"{name}_reasoning.json").items()
        for key in (told, f"{name}/{told}")
    }
    relocation = Relocation(root)
    told = read_json(root / _COT)
    if not isinstance(told, list):
        raise StorageError(f"{root / _COT} must hold a list of conversations")
    for number, entry in enumerate(told):
        try:
            listed = str(entry["image"])
            answer = str(entry["conversations"][-1]["value"])
        except (KeyError, IndexError, TypeError) as error:
            raise StorageError(
                f"{root / _COT}: entry {number} has no image or no answer; fetch the file again"
            ) from error
        label = _TRAINING.get(listed.split("/")[0])
        conclusion = _tagged(answer, "CONCLUSION").lower()
        said = Label.FAKE if "fake" in conclusion else Label.REAL
        path, problem = relocation.locate(listed)
        if label is not None and conclusion and said != label:
            problem = problem or f"it lies among the {label} pictures but is concluded to be {said}"
        label = label or said
        yield BenchmarkSample(
            key=listed,
            image=path,
            label=label,
            domain=Domain.AIGC,
            generator="stablediffusion" if label == Label.FAKE else "",
            operation="text_to_image" if label == Label.FAKE else "",
            caption=_tagged(answer, "CAPTION"),
            reasoning=_tagged(answer, "REASONING"),
            attributes=structured.get(listed, {}),
            problem=problem,
        )


def _tagged(answer: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>", answer, re.DOTALL)
    return found.group(1).strip() if found else ""
