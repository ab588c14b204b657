"""A quick look at how a detector does on pictures that it does not learn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from detector.data.batches import plan
from detector.data.loader import TrainingLoader
from detector.data.order import Lanes
from detector.metrics.detection import balanced_accuracy, ranking, roc_auc
from detector.metrics.predictions import Predictions
from detector.model.detector import Detector
from detector.model.inputs import drawn_masks
from detector.text.dialogue import Dialogue
from detector.training.examples import Asked, Question, asked_together
from detector.training.material import Material
from detector.training.recipe import TrainingRecipe

Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Answered:
    """What was said of one picture. `probability` None where a text reached no verdict; `iou` None
    where no pixel is forged, or no mask is drawn; `text` None without a language model.
    """

    fake: bool
    probability: float | None
    iou: float | None
    text: str | None
    taught: str | None


def questions(
    material: Material, recipe: TrainingRecipe, rank: int, ranks: int
) -> TrainingLoader | None:
    """This process's share of the validation pictures; None where there are none."""
    if material.validation is None:
        return None
    batches = plan(
        material.validation,
        Question(material.config, material.dialogue, recipe.data.mask),
        asked_together,
        seed=recipe.seed,
        lanes=Lanes(recipe.optimisation.per_device, ranks),
    )
    return TrainingLoader(batches, rank=rank, workers=min(recipe.workers, 2))


def look(
    model: nn.Module, material: Material, recipe: TrainingRecipe, accelerator: Any
) -> Figures | None:
    """Ask a training's model about the validation set, all processes together; None without one.

    Torch's random numbers are as they were afterwards.
    """
    from accelerate.utils import gather_object

    loader = questions(material, recipe, accelerator.process_index, accelerator.num_processes)
    if loader is None:
        return None
    detector = accelerator.unwrap_model(model)
    # No answer that is right is much longer than the longest that was taught.
    length = material.longest + 16
    # Answering is no forward pass of the wrapped model, which alone computes in its precision.
    with torch.random.fork_rng(devices=[]), accelerator.autocast():
        found = answers(detector, material.dialogue, loader, accelerator.device, length)
    return figures(gather_object(found))


@torch.no_grad()
def answers(
    detector: Detector,
    dialogue: Dialogue | None,
    batches: Iterable[tuple[dict[str, Any], list[Asked]]],
    device: torch.device,
    most: int,
) -> list[Answered]:
    """What the detector says of pictures; texts are written out, up to `most` tokens."""
    mode = detector.training
    detector.eval()
    found = []
    try:
        for batch, truths in batches:
            there = {name: value.to(device) for name, value in batch.items()}
            found += _answered(detector, dialogue, there, truths, most)
    finally:
        detector.train(mode)
    return found


def figures(found: list[Answered]) -> Figures:
    """Balanced accuracy (no verdict is wrong), AUC, and the mean IoU over forged pictures.

    None where there is nothing to measure: one label alone, no masks, no verdicts asked for.
    """
    said = Predictions.collect(
        [one.fake for one in found], probabilities=[one.probability for one in found]
    )
    scores = ranking(said)
    silent = [one.probability is None for one in found]
    # A detector that neither writes nor has a head for verdicts owes none.
    asked = not all(silent) or any(one.text is not None for one in found)
    ious = [one.iou for one in found if one.iou is not None]
    return {
        "balanced_accuracy": balanced_accuracy(said),
        "auc": None if scores is None else roc_auc(said.fake, scores),
        "mask_iou": float(np.mean(ious)) if ious else None,
        "no_verdict": float(np.mean(silent)) if asked else None,
    }


def _answered(
    detector: Detector,
    dialogue: Dialogue | None,
    batch: dict[str, Any],
    truths: list[Asked],
    most: int,
) -> list[Answered]:
    if dialogue is None:
        seen = detector(**batch)
        texts: list[str | None] = [None] * len(truths)
    else:
        seen = detector.answer(**batch, most=most)
        assert seen.written is not None
        assert seen.lengths is not None
        written = zip(seen.written.tolist(), seen.lengths.tolist(), strict=True)
        texts = [dialogue.decode(ids[:length]) for ids, length in written]
    sure: list[float | None] = [None] * len(truths)
    if seen.probability is not None:
        sure = [float(one) for one in seen.probability]
        if seen.concluded is not None:
            concluded = seen.concluded.tolist()
            sure = [one if done else None for one, done in zip(sure, concluded, strict=True)]
    masks = [None] * len(truths) if seen.mask_logits is None else drawn_masks(seen, batch)
    return [
        Answered(truth.fake, chance, _iou(mask, truth.mask), text, truth.answer)
        for truth, chance, mask, text in zip(truths, sure, masks, texts, strict=True)
    ]


def _iou(drawn: Any, truth: Any) -> float | None:
    if drawn is None or truth is None or not truth.any():
        return None
    called = drawn >= 0.5
    return float((called & truth).sum() / (called | truth).sum())
