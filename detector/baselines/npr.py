"""Trains NPR on a set's own pictures: the baseline that reads the traces of up-sampling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load, save
from torch.nn import functional
from upath import UPath

from detector.baselines.crops import at_least, endless_crops
from detector.baselines.npr_network import NprNetwork
from detector.baselines.training_set import Pictures, Progress, Survey, pixels_of, survey
from detector.evaluation.contract import Prediction, TestPicture
from schemas.errors import DatasetError
from schemas.identity import digest
from storage.files import read_bytes, write_bytes

_VERSION = 1
_LARGEST = 1024


@dataclass(frozen=True, slots=True)
class NprOptions:
    """How NPR is built and trained.

    `passes`: how many crops of `side` pixels are seen for each picture of the larger class. At
    least `least_steps` batches of `batch` crops, half of them real, whatever the set's size.
    """

    width: int = 64
    depths: tuple[int, ...] = (3, 4)
    side: int = 128
    batch: int = 32
    passes: float = 4
    least_steps: int = 250
    rate: float = 1e-3


PUBLISHED = NprOptions()
SMALL = NprOptions(width=16, passes=16, least_steps=250, rate=2e-3)
"""A quarter of the published width: a tenth of the time, for CPUs."""


@dataclass(frozen=True, slots=True)
class Npr:
    """A trained network that answers with the probability that a picture is fake."""

    name: str
    network: NprNetwork
    options: NprOptions

    def predict(self, pictures: Iterable[TestPicture]) -> Iterator[Prediction]:
        """Look at each picture whole, at its own resolution, by itself.

        Of a side of more than 1024 pixels the middle is looked at, which bounds time and memory.
        """
        for picture in pictures:
            try:
                pixels = _middle(at_least(pixels_of(picture), self.options.side), _LARGEST)
            except DatasetError as error:
                yield Prediction(None, problem=str(error))
                continue
            with torch.inference_mode():
                logit = self.network(_tensor(pixels[None], _device()))
            yield Prediction(float(logit.sigmoid()))


def fit_npr(
    train: Pictures,
    *,
    name: str,
    options: NprOptions = PUBLISHED,
    seed: int = 0,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Npr:
    """Train NPR from scratch, or read from `cache` what an equal training left there.

    Half of each batch is real, so that 0.5 lies midway whatever the classes' shares. Random crops,
    half of them mirrored, at the picture's own resolution; Adam with a one-cycle learning rate
    (Smith & Topin 2018, arXiv:1708.07120). The published training shrinks pictures to 256 pixels,
    crops 224, and goes through 144,000 pictures 50 times at a rate of 2e-4 with steps down:
    this one is made for some thousands of pictures and minutes. The same pictures, seed and number
    of threads give the same weights, bit by bit, on a CPU. Raises `DatasetError`.
    """
    found = survey(train)
    key = digest("npr", _VERSION, asdict(options), seed, found.digest)[:20]
    kept = UPath(cache) / f"npr-{key}.safetensors" if cache is not None else None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = NprNetwork(options.width, options.depths)
    if kept is not None and kept.exists():
        network.load_state_dict(load(read_bytes(kept)))
    else:
        _train(network, train, found, options, seed, progress)
        if kept is not None:
            write_bytes(kept, save(network.state_dict()))
    return Npr(name, network.to(_device()).eval(), options)


def _train(
    network: NprNetwork,
    train: Pictures,
    found: Survey,
    options: NprOptions,
    seed: int,
    progress: Progress | None,
) -> None:
    """Train `network` where it lies; it ends on the CPU."""
    half = options.batch // 2
    larger = max(found.real, found.fake)
    steps = max(options.least_steps, round(options.passes * larger / half))
    # Torch documents `to(memory_format=...)`, but its overloads leave it out.
    network.to(_device()).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(network.parameters(), lr=options.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps)
    real, fake = (
        endless_crops(train, label, count, options.side, np.random.default_rng([seed, label]))
        for label, count in ((False, found.real), (True, found.fake))
    )
    truth = torch.cat([torch.zeros(half), torch.ones(half)]).to(_device())
    for step in range(steps):
        crops = np.stack([*islice(real, half), *islice(fake, half)])
        logits = network(_tensor(crops, _device()))
        loss = functional.binary_cross_entropy_with_logits(logits, truth)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if progress is not None:
            progress(step + 1, steps)
    network.to("cpu").to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _tensor(pixels: npt.NDArray[np.uint8], device: str) -> torch.Tensor:
    """uint8 [n, h, w, 3] as [n, 3, h, w], channels last in memory, which convolutions like."""
    return torch.tensor(pixels, device=device).permute(0, 3, 1, 2)


def _middle(pixels: npt.NDArray[np.uint8], most: int) -> npt.NDArray[np.uint8]:
    """The middle of at most `most` px a side; it begins at an even row and column."""
    top, left = (max(0, (side - most) // 4 * 2) for side in pixels.shape[:2])
    return pixels[top : top + most, left : left + most]
