"""Images a second into training: two workers on published shards, beside the other ways.

`python -m benchmarks.loading [rows]`. Every way decodes and crops with the same function, once
with every pixel and once no larger than needed, in two processes on two cores. webdataset is
measured where it is installed. The time of a way includes the start of its workers.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Figure, report
from benchmarks.loading_set import SHARDS, made_jpegs, write_files, write_set
from detector.data.batches import plan
from detector.data.collate import stack
from detector.data.order import Lanes
from detector.data.rows import open_rows
from detector.data.sample import Sample
from storage.published import PublishedSet

ROWS = 4000
WORKERS = 2
BATCH = 32
CROP = 224
DECODES: dict[str, int | None] = {"every pixel": None, "as large as needed": CROP}
_TURNS = 3
_REPEATS = 2
_SLOW = {"streaming", "webdataset"}
_BUFFER = 1000
_OF_BARE, _OF_STREAMING, _OF_WEBDATASET, _OF_FILES = 0.9, 4.0, 1.7, 0.97

Example = dict[str, Any]


def look(sample: Sample, rng: np.random.Generator, at_least: int | None) -> Example:
    """What every way does with a picture: decode it, cut out 224 x 224 pixels at random."""
    pixels = sample.image(at_least)
    top, left = (int(rng.integers(0, side - CROP + 1)) for side in pixels.shape[:2])
    crop = pixels[top : top + CROP, left : left + CROP].copy()
    return {"image": crop, "label": sample.values["label"]}


def _looked(data: bytes, label: int, at_least: int | None) -> Example:
    return look(Sample(0, {"label": label}, {"image": data}), np.random.default_rng(0), at_least)


def _decode_all(files: list[bytes], at_least: int | None, ready: Any) -> None:
    ready.wait()
    for data in files:
        _looked(data, 0, at_least)
    ready.wait()


def bare(files: list[bytes], at_least: int | None) -> float:
    """Seconds of two processes that decode bytes in memory and do nothing else."""
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(WORKERS + 1)
    shares = [files[number::WORKERS] for number in range(WORKERS)]
    processes = [
        context.Process(target=_decode_all, args=(share, at_least, ready)) for share in shares
    ]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    ready.wait()
    took = time.perf_counter() - began
    for process in processes:
        process.join()
    return took


def _exhausted(batches: Iterable[Any], expected: int) -> float:
    """Seconds until the last batch is here, each touched as training would."""
    began = time.perf_counter()
    seen = 0
    for batch in batches:
        seen += len(batch["label"])
    took = time.perf_counter() - began
    assert seen == expected, f"{seen} of {expected} pictures came"
    return took


@dataclass(frozen=True)
class _Files:
    """Bare files as a map-style dataset, the plainest there is."""

    paths: list[Path]
    at_least: int | None

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> Example:
        return _looked(self.paths[number].read_bytes(), number % 2, self.at_least)


def _streamed(row: dict[str, Any], at_least: int | None) -> Example:
    return _looked(row["image"]["bytes"], row["label"], at_least)


def _streaming(shards: list[str], at_least: int | None) -> Any:
    """`datasets` streaming, shuffled, of the two columns that are needed."""
    import datasets

    stream = datasets.load_dataset("parquet", data_files=shards, split="train", streaming=True)
    stream = stream.select_columns(["image", "label"])
    stream = stream.cast_column("image", datasets.Image(decode=False))
    return stream.shuffle(seed=0, buffer_size=_BUFFER).map(partial(_streamed, at_least=at_least))


def _tar_files(folder: Path, files: list[bytes]) -> list[str]:
    folder.mkdir()
    names = []
    for number, chosen in enumerate(np.array_split(np.arange(len(files)), SHARDS)):
        names.append(str(folder / f"{number:05d}.tar"))
        with tarfile.open(names[-1], "w") as tar:
            for index in chosen.tolist():
                about = tarfile.TarInfo(f"{index:06d}.jpg")
                about.size = len(files[index])
                tar.addfile(about, BytesIO(files[index]))
    return names


def _from_tar(sample: dict[str, Any], at_least: int | None) -> Example:
    return _looked(sample["jpg"], 0, at_least)


def _webdataset(names: list[str], at_least: int | None) -> Any:
    webdataset: Any = importlib.import_module("webdataset")
    stream = webdataset.WebDataset(names, shardshuffle=SHARDS, empty_check=False)
    return stream.shuffle(_BUFFER).map(partial(_from_tar, at_least=at_least))


@dataclass(frozen=True)
class _Made:
    """The same pictures in memory, as a published set, as bare files and as tar files."""

    files: list[bytes]
    published: PublishedSet
    paths: list[Path]
    tars: list[str]


def _make(folder: Path, rows: int) -> _Made:
    files = made_jpegs(rows // _REPEATS) * _REPEATS
    has_webdataset = importlib.util.find_spec("webdataset") is not None
    return _Made(
        files,
        write_set(folder / "set", files),
        write_files(folder / "files", files),
        _tar_files(folder / "tars", files) if has_webdataset else [],
    )


def _ways(made: _Made, at_least: int | None) -> dict[str, Callable[[], float]]:
    """Each way's seconds for all pictures."""
    from torch.utils.data import DataLoader

    from detector.data.loader import TrainingLoader

    count = len(made.files)
    shards = [str(made.published.folder / shard.path) for shard in made.published.shards()]
    loading = partial(
        DataLoader, batch_size=BATCH, num_workers=WORKERS, collate_fn=stack, prefetch_factor=4
    )

    files: Any = _Files(made.paths, at_least)

    def ours() -> float:
        rows = open_rows(made.published, columns=("label",))
        batches = plan(
            rows,
            partial(look, at_least=at_least),
            stack,
            seed=0,
            lanes=Lanes(BATCH, workers=WORKERS),
        )
        return _exhausted(TrainingLoader(batches, workers=WORKERS), count)

    ways: dict[str, Callable[[], float]] = {
        "bare": lambda: bare(made.files, at_least),
        "ours": ours,
        "files": lambda: _exhausted(loading(files, shuffle=True), count),
        "streaming": lambda: _exhausted(loading(_streaming(shards, at_least)), count),
    }
    if made.tars:
        ways["webdataset"] = lambda: _exhausted(loading(_webdataset(made.tars, at_least)), count)
    return ways


def rates(rows: int = ROWS) -> dict[str, dict[str, float]]:
    """Images a second by decode and way: the median of turns; the slow ways take one."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="loading-") as folder:
        made = _make(Path(folder), rows)
        for name, at_least in DECODES.items():
            ways = _ways(made, at_least)
            seconds: dict[str, list[float]] = {way: [] for way in ways}
            for turn in range(_TURNS):
                for way, run in ways.items():
                    if turn == 0 or way not in _SLOW:
                        seconds[way].append(run())
            count = len(made.files)
            found[name] = {way: count / float(np.median(took)) for way, took in seconds.items()}
            for way, rate in found[name].items():
                print(f"{name:20s}{way:12s}{rate:8.0f} images/s")
    return found


def measure(rows: int = ROWS) -> tuple[Figure, ...]:
    """The figures, for the table of measurements; prints a line a way."""
    if hasattr(os, "sched_setaffinity"):
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, sorted(before)[:WORKERS])
    try:
        found = rates(rows)
    finally:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, before)
    asked = {
        "bare": ("a bare decode from memory", _OF_BARE),
        "files": ("bare files", _OF_FILES),
        "streaming": ("datasets streaming, shuffled", _OF_STREAMING),
        "webdataset": ("webdataset", _OF_WEBDATASET),
    }
    figures = []
    for decode, rate in found.items():
        for way, (what, least) in asked.items():
            if way not in rate:
                print(f"{way} is not installed: not measured")
                continue
            ratio = rate["ours"] / rate[way]
            figures.append(
                Figure(
                    f"loading {rows:,} pictures of 512 x 512, decoding {decode}, against {what}",
                    f"at least {least:g} times",
                    f"{ratio:.2f} times ({rate['ours']:.0f} against {rate[way]:.0f} images/s)",
                    ratio >= least,
                )
            )
    return tuple(figures)


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(report("loading", measure(rows)))


if __name__ == "__main__":
    main()
