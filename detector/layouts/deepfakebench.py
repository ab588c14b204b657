"""Celeb-DF and FaceForensics++ as frames, by the JSON files of DeepfakeBench.

Layout (preprocessing/rearrange.py of github.com/SCLBD/DeepfakeBench): `Celeb-DF-v2.json` or
`FF-DF.json`, `FF-F2F.json`, `FF-FS.json`, `FF-NT.json`, in the folder, in `dataset_json/` or in
`preprocessing/dataset_json/`, each

    {<data set>: {<label>: {<split>: {[<compression>:] {<video>:
        {"label": …, "frames": [paths], "masks": [paths]}}}}}}

with a compression (c23, c40, raw) for FaceForensics++ alone. Labels that end in "real" are real.
The paths are those of another machine; the longest end that exists below the folder is taken. Masks
belong to frames of the same file name. The real videos stand in every FF file and are given once.

The JSON files of Celeb-DF hold the same videos under `val` and `test`, and the test videos under
`train` as well; that is left as it is.

Not verified: the rarer nesting of DFDC, and LMDB in place of frames, which is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.layouts.contract import BenchmarkSample, StoredMask
from detector.layouts.masks import any_value
from detector.layouts.trees import Relocation, begin, chosen, files, read_json, required
from schemas.errors import StorageError
from schemas.vocabulary import Domain, Label

_PLACES = ("", "dataset_json", "preprocessing/dataset_json")
_SPLITS = ("test", "val", "train")
_USUAL = "c23"
_OPERATIONS = {"FF-F2F": "face_reenactment", "FF-NT": "face_reenactment"}


@dataclass(frozen=True, slots=True)
class DeepfakeBench:
    """One benchmark of DeepfakeBench. Splits: `test`, `val`, `train`, and e.g. `test-c40`.

    `test` of FaceForensics++ is its light compression, c23, on which results are reported.
    """

    name: str
    reference: str
    names: str
    """A regular expression for the names of the data sets within the files."""
    distribution: str = (
        "the JSON files that DeepfakeBench's rearrange.py writes or distributes (in the folder or "
        "dataset_json/) and the frames that they name, unpacked below the same folder"
    )

    def find(self, folder: Path) -> Path | None:
        """Where a JSON file of this benchmark lies."""
        return begin(folder, lambda root: bool(self._lists(root)))

    def splits(self, folder: Path) -> tuple[str, ...]:
        """The splits that have videos, `test` first. Reads the JSON files."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        there = {video.split for path in self._lists(root) for video in _videos(path)}
        return tuple(sorted(there, key=lambda s: (_SPLITS.index(s.partition("-")[0]), s)))

    def samples(self, folder: Path, split: str | None = None) -> Iterator[BenchmarkSample]:
        """Frame by frame, in the order of the frames' names within each video."""
        root = required(self.find(folder), self.name, folder, self.distribution)
        split = chosen(split, self.splits(folder), self.name)
        relocation = Relocation(root, root / "rgb")
        seen: set[str] = set()
        for path in self._lists(root):
            videos = [video for video in _videos(path) if video.split == split]
            partners = _partners(videos)
            for video in videos:
                for frame in sorted(map(str, video.entry["frames"]), key=_natural):
                    if frame not in seen:
                        seen.add(frame)
                        yield _sample(video, frame, partners, relocation)

    def _lists(self, root: Path) -> list[Path]:
        pattern = re.compile(self.names)
        return [
            path
            for place in _PLACES
            for path in files(root / place, (".json",))
            if pattern.fullmatch(path.stem)
        ]


CELEB_DF = DeepfakeBench(
    "celeb_df", "Celeb-DF (Li et al., CVPR 2020), arXiv 1909.12962", r"Celeb-DF-v[12]"
)
FACE_FORENSICS = DeepfakeBench(
    "faceforensics",
    "FaceForensics++ (Rössler et al., ICCV 2019), arXiv 1901.08971",
    r"FF-(DF|F2F|FS|NT)|FaceForensics\+\+",
)


@dataclass(frozen=True, slots=True)
class _Video:
    name: str
    manipulation: str
    split: str
    entry: Mapping[str, Any]


def _videos(path: Path) -> Iterator[_Video]:
    told = read_json(path)
    if not isinstance(told, Mapping):
        raise StorageError(f"{path} must hold an object of data sets; write it again")
    for labels in told.values():
        for manipulation, parts in labels.items():
            for part, below in parts.items():
                if part not in _SPLITS:
                    raise StorageError(
                        f"{path}: {manipulation} has the split {part!r}, known are "
                        f"{', '.join(_SPLITS)}; write the file again with rearrange.py"
                    )
                for name, entry in below.items():
                    if "frames" in entry:
                        yield _Video(name, manipulation, part, entry)
                        continue
                    # `name` is a compression, and what is in it are the videos.
                    split = part if name == _USUAL else f"{part}-{name}"
                    for video, inner in entry.items():
                        yield _Video(video, manipulation, split, inner)


def _partners(videos: list[_Video]) -> dict[str, str]:
    """The pair that each video of FaceForensics++ was forged with: 000 and 003 for 000_003."""
    pairs: dict[str, str] = {}
    for video in videos:
        ids = video.name.split("_")
        if video.manipulation.startswith("FF-") and len(ids) == 2:
            pairs.update(dict.fromkeys(ids, "_".join(sorted(ids))))
    return pairs


def _sample(
    video: _Video, frame: str, partners: Mapping[str, str], relocation: Relocation
) -> BenchmarkSample:
    label = Label.REAL if video.manipulation.lower().endswith("real") else Label.FAKE
    image, problem = relocation.locate(frame)
    masks = {_file(mask): str(mask) for mask in video.entry.get("masks", ())}
    mask = None
    if masks and label == Label.FAKE:
        if _file(frame) in masks:
            found, missing = relocation.locate(masks[_file(frame)])
            mask = StoredMask(found, any_value, missing)
        else:
            mask = StoredMask(
                b"",
                any_value,
                "its video has masks, but none for this frame; extract the masks again",
            )
    first = video.name.split("_")[0]
    operation = _OPERATIONS.get(video.manipulation, "face_swap")
    return BenchmarkSample(
        key=frame,
        image=image,
        label=label,
        domain=Domain.DEEPFAKE,
        mask=mask,
        generator=video.manipulation if label == Label.FAKE else "",
        operation=operation if label == Label.FAKE else "",
        group=partners.get(first, first),
        problem=problem,
    )


def _file(path: Any) -> str:
    return str(path).replace("\\", "/").rpartition("/")[2]


def _natural(path: str) -> tuple[str, int, str]:
    """Frames by their numbers: 2.png before 10.png."""
    folder, _, name = path.replace("\\", "/").rpartition("/")
    digits = re.search(r"\d+", name)
    return folder, int(digits.group()) if digits else -1, name
