"""LOKI: real and synthetic pictures asked about with yes or no, some with their faults explained.

Layout (the JSON files of the authors' repository): `image_tf*.json`, in the folder, in `image/` or
in `data/image/`, is a list of questions,

    {"image_path": "…/doc/fake/paper/en/paper_En_38.jpg", "answer": "Yes",
     "question_type": "image_fake_or_real_fake_doc", "id": …, "circular_marker": …}

Each picture is asked about twice: `fake_or_real_fake` asks whether it is generated,
`fake_or_real_real` whether it is real; the rest is the kind of picture.
`image_open_ended_vqa*.json` explains: `problems.global[].desc` and
`problems.regional[].{region, desc}`. The pictures come as an archive; the paths in the lists are
those of the authors' machine, so the longest end of a path that exists below the folder is taken.

Not verified: the folders within the published archive, and the fields of the explanations beyond
how the authors' scorer reads them. Video, 3D, audio and text are other questions and not read. The
generators are not named by the lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.layouts.contract import BenchmarkSample
from detector.layouts.trees import Relocation, begin, chosen, files, read_json, required
from schemas.errors import StorageError
from schemas.vocabulary import Domain, Label

_TYPE = re.compile(r"fake_or_real_(fake|real)(?:_(.+))?$")
_PLACES = ("", "image", "data/image")
_DOCUMENTS = frozenset({"doc", "document", "documents"})


@dataclass(frozen=True, slots=True)
class Loki:
    """Splits: the lists of yes-or-no questions that are there; the first by name is the default."""

    name: str = "loki"
    reference: str = "LOKI (Ye et al., ICLR 2025), arXiv 2410.09732"
    distribution: str = (
        "image_tf*.json of github.com/opendatalab/LOKI (in the folder, image/ or data/image/) and "
        "the pictures that it names, unpacked below the same folder"
    )

    def find(self, folder: Path) -> Path | None:
        """Where a list of questions about pictures lies."""
        return begin(folder, lambda root: bool(_lists(root, "image_tf")))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """The names of the lists."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        return tuple(dict.fromkeys(path.stem for path in _lists(root, "image_tf")))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Each picture once, though each is asked about twice."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, self.splits(folder), self.name)
        path = next(path for path in _lists(root, "image_tf") if path.stem == split)
        explained = _explanations(root)
        relocation = Relocation(root)
        for listed, questions in _by_picture(path).items():
            labels = {_label(question, path) for question in questions}
            kind = next((kind for q in questions if (kind := _kind(q))), "")
            image, problem = relocation.locate(listed)
            if len(labels) > 1:
                problem = problem or "the answers to its questions contradict one another"
            label = Label.FAKE if Label.FAKE in labels else Label.REAL
            yield BenchmarkSample(
                key=listed,
                image=image,
                label=label,
                domain=Domain.DOCUMENT if kind in _DOCUMENTS else Domain.AIGC,
                reasoning=explained.get(_tail(listed), ""),
                problem=problem,
            )


def _lists(root: Path, begins: str) -> list[Path]:
    return [
        path
        for place in _PLACES
        for path in files(root / place, (".json",))
        if path.name.startswith(begins)
    ]


def _by_picture(path: Path) -> dict[str, list[Mapping[str, Any]]]:
    told = read_json(path)
    if not isinstance(told, list):
        raise StorageError(f"{path} must hold a list of questions; fetch it again")
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for question in told:
        listed = question.get("image_path") if isinstance(question, Mapping) else None
        if not isinstance(listed, str):
            raise StorageError(
                f"{path}: its question {str(question)[:80]} names no picture (image_path); "
                "fetch the list again"
            )
        grouped.setdefault(listed, []).append(question)
    return grouped


def _label(question: Mapping[str, Any], path: Path) -> Label:
    found = _TYPE.search(str(question.get("question_type")))
    answer = str(question.get("answer")).strip().lower()
    if found is None or answer not in ("yes", "no"):
        raise StorageError(
            f"{path}: question {question.get('id')} does not ask for real or fake (type "
            f"{question.get('question_type')!r}, answer {question.get('answer')!r})"
        )
    return Label.FAKE if (found.group(1) == "fake") == (answer == "yes") else Label.REAL


def _kind(question: Mapping[str, Any]) -> str:
    found = _TYPE.search(str(question.get("question_type")))
    return (found.group(2) or "").lower() if found else ""


def _explanations(root: Path) -> dict[str, str]:
    """What is wrong with a picture, by the end of its path."""
    told: dict[str, str] = {}
    for path in _lists(root, "image_open_ended_vqa"):
        for question in read_json(path):
            problems = question.get("problems") or {}
            parts = [*(problems.get("global") or ()), *(problems.get("regional") or ())]
            said = [str(part["desc"]).strip() for part in parts if part.get("desc")]
            if said and isinstance(question.get("image_path"), str):
                told.setdefault(_tail(question["image_path"]), " ".join(said))
    return told


def _tail(listed: str) -> str:
    """The last two parts of a path: lists of different days begin with different folders."""
    return "/".join(listed.replace("\\", "/").split("/")[-2:])
