"""Overfits 64 rows of a published set: `make bench-overfit`, after `make quickstart`.

A detector that cannot learn 64 pictures by heart has a fault somewhere between the shards and the
losses. One of random weights does, on a CPU: it is taught by the recipe's own loop, then asked
about the same pictures, and what it writes and draws is held against what it was taught. Another
set than the quickstart's is named by `python -m benchmarks.overfit DATASET`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console

from benchmarks.figures import Figure, report
from detector.data.batches import plan
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes
from detector.metrics.answers import read
from detector.metrics.predictions import FAKE, REAL
from detector.model.checkpoints import from_pretrained
from detector.model.config import DetectorConfig, Views
from detector.model.tiny import small_config
from detector.training.examples import Question, asked_together
from detector.training.loop import train
from detector.training.material import Material, gather
from detector.training.measuring import Answered, answers
from detector.training.recipe import (
    Augmentation,
    Data,
    Optimisation,
    TrainingRecipe,
    Watching,
)
from flows.training_progress import TrainingProgress
from storage.published import PublishedSet, open_published

ROWS, EPOCHS = 64, 100.0
IOU, MINUTES = 0.9, 10


@dataclass(frozen=True, slots=True)
class Learnt:
    """Shares of the pictures: right verdicts as written, texts written token by token as taught;
    the mean IoU of the masks of forged pictures that have one; pictures and such masks.
    """

    verdicts: float
    texts: float
    iou: float
    pictures: int
    masks: int


def small_detector() -> DetectorConfig:
    """The small set with a language model, its pictures whole."""
    return small_config(language=True, size=320, views=Views(kind="whole"), weights={"dice": 2.0})


def recipe_of(rows: int, epochs: float, detector: DetectorConfig) -> TrainingRecipe:
    """Rows without augmentation, evenly drawn, often."""
    return TrainingRecipe(
        name="overfit",
        detector=detector,
        data=Data(limit=rows, balance=None, validation_split=None),
        augmentation=Augmentation(probability=0),
        optimisation=Optimisation(
            epochs=epochs,
            batch=8,
            per_device=8,
            learning_rate=2e-3,
            factors={"eyes": 0.5, "language": 1.25},
            warm_up=0.05,
            # In so few steps a memory of a thousand gradients is one of the beginning.
            betas=(0.9, 0.95),
            weight_decay=0.05,
            clip=5,
        ),
        watching=Watching(log_every=20, checkpoint_every=100_000),
        workers=0,
    )


def overfit(published: PublishedSet, recipe: TrainingRecipe, out: Path, console: Console) -> Learnt:
    """Learn the rows by heart, then ask about them."""
    material = gather(recipe, published)
    with TrainingProgress(console) as progress:
        train(recipe, material, out, watcher=progress)
    return recalled(material, recipe, out)


def recalled(material: Material, recipe: TrainingRecipe, folder: Path) -> Learnt:
    """What the detector in a folder says of the pictures that it was taught."""
    batches = plan(
        material.rows,
        Question(material.config, material.dialogue, recipe.data.mask),
        asked_together,
        seed=0,
        lanes=Lanes(16),
    )
    loader = TrainingLoader(batches, workers=0)
    detector = from_pretrained(folder)
    device = torch.device("cpu")
    found = answers(detector, material.dialogue, loader, device, material.longest + 16)
    ious = [one.iou for one in found if one.iou is not None]
    return Learnt(
        verdicts=sum(_right(one) for one in found) / len(found),
        texts=sum(one.text == one.taught for one in found) / len(found),
        iou=sum(ious) / max(len(ious), 1),
        pictures=len(found),
        masks=len(ious),
    )


def _right(one: Answered) -> bool:
    return read(one.text or "").verdict == (FAKE if one.fake else REAL)


def measure(
    dataset: str = "runs/quickstart", epochs: float = EPOCHS, out: Path | None = None
) -> tuple[Figure, ...]:
    """The figures, for the table of measurements; `out` keeps the detector and its curve."""
    began = time.perf_counter()
    recipe = recipe_of(ROWS, epochs, small_detector())
    with tempfile.TemporaryDirectory(prefix="overfit-") as scratch:
        folder = out or Path(scratch) / "detector"
        learnt = overfit(open_published(dataset), recipe, folder, Console())
    minutes = (time.perf_counter() - began) / 60
    return (
        Figure(
            f"verdicts of {learnt.pictures} pictures, as written",
            "100 %",
            f"{learnt.verdicts:.1%}",
            learnt.verdicts == 1,
        ),
        Figure(
            "chains of thought, to the letter", "100 %", f"{learnt.texts:.1%}", learnt.texts == 1
        ),
        Figure(
            f"mean IoU of {learnt.masks} masks, drawn at their pictures' size",
            f"at least {IOU}",
            f"{learnt.iou:.3f}",
            learnt.iou >= IOU,
        ),
        Figure(
            f"{epochs:g} epochs and the answers, on {torch.get_num_threads()} threads",
            f"within {MINUTES} min",
            f"{minutes:.1f} min",
            minutes <= MINUTES,
        ),
    )


def main() -> None:
    """Overfit, and print the figures in one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "dataset", nargs="?", default="runs/quickstart", help="a published set or its run folder"
    )
    parser.add_argument("--epochs", type=float, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="keep the detector and its curve here")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    print(report("overfit", measure(given.dataset, given.epochs, given.out)))


if __name__ == "__main__":
    main()
