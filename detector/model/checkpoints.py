"""Makes, saves and reads detectors; frozen weights that have a name elsewhere are not saved."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from detector.model.config import DetectorConfig, Dual, Part
from detector.model.detector import Detector
from schemas.errors import StorageError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"


def build(config: DetectorConfig, seed: int = 0) -> Detector:
    """A detector whose new weights follow from `seed`; torch's global randomness is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Detector(config)


def save_pretrained(detector: Detector, folder: str | Path) -> None:
    """Write config.json and model.safetensors into `folder`, which is made if absent."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    elsewhere = _named_elsewhere(detector)
    weights = {
        # Tied weights are written twice: safetensors refuses tensors that share memory.
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in detector.state_dict().items()
        if name not in elsewhere
    }
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(detector.config.model_dump_json(indent=2) + "\n")


def from_pretrained(folder: str | Path, *, dtype: torch.dtype = torch.float32) -> Detector:
    """The detector that `save_pretrained` wrote, in evaluation mode, its weights in `dtype`.

    Raises StorageError where the folder is no detector or its weights do not fit its config.
    """
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise StorageError(f"{folder} holds no {name}: it is not a saved detector")
    detector = build(DetectorConfig.model_validate_json((folder / CONFIG).read_text()))
    missing, unexpected = detector.load_state_dict(load_file(folder / WEIGHTS), strict=False)
    lost = sorted(set(missing) - _named_elsewhere(detector))
    if lost or unexpected:
        raise StorageError(
            f"{folder / WEIGHTS} does not fit its config: "
            f"missing {lost[:3]}, unexpected {sorted(unexpected)[:3]}; save the detector again"
        )
    return cast(detector, dtype).eval()


def cast(detector: Detector, dtype: torch.dtype) -> Detector:
    """The same detector with its weights in `dtype`.

    Buffers keep single precision: the angles of rotary positions do not bear less.
    """
    for weight in detector.parameters():
        weight.data = weight.data.to(dtype)
    return detector


def _named_elsewhere(detector: Detector) -> set[str]:
    """Names of the weights that a part's checkpoint holds and training does not change."""
    config = detector.config
    parts: dict[str, Part] = {}
    if isinstance(config.eyes, Dual):
        parts |= {"eyes.clip.model.": config.eyes.clip, "eyes.dino.model.": config.eyes.dino}
    if config.language is not None:
        parts["language.model."] = config.language.model
        if config.eyes == "internvl":
            parts["eyes.model."] = config.language.model
    if config.localiser is not None:
        parts["localiser.sam."] = config.localiser
    prefixes = tuple(prefix for prefix, part in parts.items() if part.checkpoint is not None)
    learning = {name for name, weight in detector.named_parameters() if weight.requires_grad}
    return {
        name for name in detector.state_dict() if name.startswith(prefixes) and name not in learning
    }
