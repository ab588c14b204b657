"""The ways to bring the same pictures to training, each an epoch at a time, with two workers."""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Dataset, default_collate

from benchmarks.loading_set import SHARDS, LoadingSet
from detector.data.batches import plan
from detector.data.collate import stack
from detector.data.freed_memory import keep_freed_memory
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes
from detector.data.rows import open_rows
from detector.data.sample import Sample
from schemas.picture import Pixels

WORKERS = 2
BATCH = 32
CROP = 224
NO_DECODE = 0
"""In place of a side that is enough: the bytes are counted, to see what loading alone costs."""
PREFETCH = 4
_BUFFER = 1000

Example = dict[str, Any]
Epoch = Callable[[], float]
"""Loads every picture once and says how many seconds that took."""


def look(sample: Sample, rng: np.random.Generator, at_least: int | None) -> Example:
    """What every way does with a picture: decode it, cut out 224 x 224 pixels at random."""
    if at_least == NO_DECODE:
        return {"bytes": len(sample.encoded["image"] or b""), "label": sample.values["label"]}
    return {"image": _crop(sample.image(at_least), rng), "label": sample.values["label"]}


def _crop(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    top, left = (int(rng.integers(0, side - CROP + 1)) for side in pixels.shape[:2])
    return pixels[top : top + CROP, left : left + CROP].copy()


def _looked(data: bytes, label: int, at_least: int | None) -> Example:
    return look(Sample(0, {"label": label}, {"image": data}), np.random.default_rng(0), at_least)


def scattered() -> list[bytearray]:
    """Blocks of memory that, while they are held, have what comes after them lie anywhere.

    How fast libjpeg decodes a small picture depends on where its buffers happen to lie, by as much
    as a fifth, and a process that does nothing else has them in one place for good.
    """
    rng = np.random.default_rng()
    blocks = [bytearray(size) for size in rng.integers(1_000, 60_000, 40).tolist()]
    del blocks[:: int(rng.integers(2, 6))]
    return blocks


def bare(made: LoadingSet, at_least: int | None) -> Epoch:
    """Two processes that decode bytes in memory and hand nothing on.

    How long that takes depends on how a heap happens to lie: where freed memory goes back to the
    system with every picture, as much as twice the time.
    """
    return partial(_bare, made.files, at_least, keep=False)


def bare_keeping(made: LoadingSet, at_least: int | None) -> Epoch:
    """The same in processes that keep freed memory, as our loader's do."""
    return partial(_bare, made.files, at_least, keep=True)


def _bare(files: list[bytes], at_least: int | None, keep: bool) -> float:
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(WORKERS + 1)
    shares = [files[number::WORKERS] for number in range(WORKERS)]
    processes = [
        context.Process(target=_decode_all, args=(share, at_least, keep, ready)) for share in shares
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


def _decode_all(files: list[bytes], at_least: int | None, keep: bool, ready: Any) -> None:
    if keep:
        keep_freed_memory()
    gaps = scattered()
    ready.wait()
    for data in files:
        _looked(data, 0, at_least)
    ready.wait()
    del gaps


def ours(made: LoadingSet, at_least: int | None) -> Epoch:
    """The training loader on the published set, in an order of all rows at random."""
    rows = open_rows(made.published, columns=("label",))
    lanes = Lanes(BATCH, workers=WORKERS)
    batches = plan(rows, partial(look, at_least=at_least), stack, seed=0, lanes=lanes)
    loader = TrainingLoader(batches, workers=WORKERS, prefetch=PREFETCH)
    return partial(_exhausted, loader, len(made.files))


def _exhausted(batches: Iterable[Any], expected: int) -> float:
    began = time.perf_counter()
    seen = sum(len(batch["label"]) for batch in batches)
    took = time.perf_counter() - began
    if seen != expected:
        raise RuntimeError(f"{seen} of {expected} pictures came")
    return took


def _by_torch(dataset: Any, count: int, **options: Any) -> Epoch:
    """Torch's own loader at its best: it collates into shared memory, its workers stay."""
    loader: Any = DataLoader(
        dataset,
        batch_size=BATCH,
        num_workers=WORKERS,
        prefetch_factor=PREFETCH,
        persistent_workers=True,
        **options,
    )
    return partial(_exhausted, loader, count)


@dataclass(frozen=True)
class _Files(Dataset[Example]):
    paths: list[Path]
    at_least: int | None

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> Example:
        return _looked(self.paths[number].read_bytes(), number % 2, self.at_least)


def bare_files(made: LoadingSet, at_least: int | None) -> Epoch:
    """Shuffled JPEG files on the disk, as a map-style dataset."""
    return _by_torch(_Files(made.paths, at_least), len(made.paths), shuffle=True)


def streaming(made: LoadingSet, at_least: int | None) -> Epoch:
    """`datasets` streaming as its documentation has it: its own decoding, then a map of the crop.

    It decodes every pixel, whatever is needed, if it decodes at all.
    """
    if at_least == NO_DECODE:
        return streaming_tuned(made, at_least)
    stream = _stream(made).shuffle(seed=0, buffer_size=_BUFFER).map(_cropped)
    return _by_torch(stream, len(made.files), worker_init_fn=_without_rest)


def streaming_tuned(made: LoadingSet, at_least: int | None) -> Epoch:
    """The same with our decode, done while collating, which is the fastest that was found."""
    import datasets

    stream = _stream(made).cast_column("image", datasets.Image(decode=False))
    stream = stream.shuffle(seed=0, buffer_size=_BUFFER)
    collate = partial(_streamed, at_least=at_least)
    return _by_torch(stream, len(made.files), collate_fn=collate, worker_init_fn=_without_rest)


def _stream(made: LoadingSet) -> Any:
    import datasets

    shards = [str(made.published.folder / shard.path) for shard in made.published.shards()]
    return datasets.load_dataset(
        "parquet", data_files=shards, split="train", streaming=True, columns=["image", "label"]
    )


def _cropped(row: dict[str, Any]) -> Example:
    pixels = np.asarray(row["image"].convert("RGB"))
    return {"image": _crop(pixels, np.random.default_rng(0)), "label": row["label"]}


def _without_rest(worker: int) -> None:
    """`datasets` sleeps for seconds after every epoch; in a long epoch that would not show."""
    import datasets

    datasets.config.SLEEP_TIME_ON_THREADS_SHUTDOWN = 0


def _streamed(rows: list[dict[str, Any]], at_least: int | None) -> Any:
    return default_collate([_looked(row["image"]["bytes"], row["label"], at_least) for row in rows])


def has_webdataset() -> bool:
    """Whether it is installed."""
    return importlib.util.find_spec("webdataset") is not None


def webdataset(made: LoadingSet, at_least: int | None) -> Epoch:
    """Tar files through webdataset's shuffle buffer."""
    library: Any = importlib.import_module("webdataset")
    stream = library.WebDataset(made.tars, shardshuffle=SHARDS, empty_check=False)
    stream = stream.shuffle(_BUFFER).map(partial(_from_tar, at_least=at_least))
    return _by_torch(stream, len(made.files))


def _from_tar(sample: dict[str, Any], at_least: int | None) -> Example:
    return _looked(sample["jpg"], int(sample["cls"]), at_least)
