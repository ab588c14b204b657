"""Detectors on disk: what is written, and that what is read answers the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, InternVLForConditionalGeneration

from detector.model.backbones import load
from detector.model.checkpoints import build, from_pretrained, save_pretrained
from detector.model.config import DetectorConfig, LoraConfig, Part, Views
from detector.model.detector import Detector
from detector.model.geometry import geometry
from detector.model.inputs import visual_tokens
from detector.model.presets import fakereasoning, heads_only, unified
from detector.model.tiny import SEGMENTATION_TOKEN, tiny_config
from schemas.errors import StorageError
from tests.detector.model.examples import batch

LORA = LoraConfig(rank=2, alpha=4)


def _trained(config: DetectorConfig, steps: int = 2) -> Detector:
    detector = build(config, seed=5).train()
    seen = batch(config)
    optimiser = torch.optim.AdamW([w for w in detector.parameters() if w.requires_grad], lr=1e-2)
    for _ in range(steps):
        optimiser.zero_grad()
        detector(**seen).loss.backward()
        optimiser.step()
    return detector.eval()


def _same(first: Detector, second: Detector) -> None:
    seen = batch(first.config)
    with torch.no_grad():
        one, other = first(**seen), second(**seen)
    assert torch.equal(one.probability, other.probability)
    assert torch.equal(one.mask_logits, other.mask_logits)
    if one.text_logits is not None:
        assert torch.equal(one.text_logits, other.text_logits)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"views": Views(kind="tiles", most=2), "train_encoders": True},
        {"localiser": True},
        {"localiser": True, "adaptation": LORA},
        {"localiser": True, "internvl": True},
    ],
)
def test_saved_detector_answers_the_same(tmp_path: Path, parts: dict[str, Any]) -> None:
    detector = _trained(tiny_config(**parts))
    save_pretrained(detector, tmp_path / "saved")
    again = from_pretrained(tmp_path / "saved")
    assert again.config == detector.config
    _same(detector, again)


def _with_checkpoint(folder: Path, *, internvl: bool, **changes: Any) -> DetectorConfig:
    """A tiny detector whose language model lies on disk, as those of the Hub do."""
    config = tiny_config(localiser=True, internvl=internvl, adaptation=LORA)
    assert config.language is not None
    torch.manual_seed(2)
    family = InternVLForConditionalGeneration if internvl else AutoModelForCausalLM
    load(config.language.model, family).save_pretrained(folder)
    words = config.language.model_copy(update={"model": Part(checkpoint=str(folder)), **changes})
    return config.model_copy(update={"language": words})


@pytest.mark.parametrize("internvl", [False, True])
def test_what_a_checkpoint_holds_is_not_written_again(tmp_path: Path, internvl: bool) -> None:
    config = _with_checkpoint(
        tmp_path / "named", internvl=internvl, vocabulary=72, added=(SEGMENTATION_TOKEN, 71)
    )
    detector = _trained(config)
    save_pretrained(detector, tmp_path / "saved")
    with safe_open(tmp_path / "saved" / "model.safetensors", "pt") as file:
        names = set(file.keys())
    language = {n for n in names if n.startswith("language.model.")}
    learning = {n for n, w in detector.named_parameters() if w.requires_grad}
    assert language
    assert language <= learning
    assert learning <= names
    assert any("trainable_tokens_delta" in n for n in language)
    assert internvl != any(n.startswith("eyes.clip.model.") for n in names)
    assert not any(n.startswith("eyes.model.") for n in names)
    _same(detector, from_pretrained(tmp_path / "saved"))


def test_full_tuning_is_written(tmp_path: Path) -> None:
    config = _with_checkpoint(tmp_path / "named", internvl=True, adaptation="full")
    detector = _trained(config.model_copy(update={"train_encoders": True}))
    save_pretrained(detector, tmp_path / "saved")
    _same(detector, from_pretrained(tmp_path / "saved"))


@pytest.mark.parametrize("parts", [{}, {"localiser": True}, {"localiser": True, "internvl": True}])
def test_half_precision(tmp_path: Path, parts: dict[str, Any]) -> None:
    config = tiny_config(**parts)
    save_pretrained(build(config), tmp_path)
    whole, half = (from_pretrained(tmp_path, dtype=t) for t in (torch.float32, torch.bfloat16))
    assert {w.dtype for w in half.parameters()} == {torch.bfloat16}
    seen = batch(config)
    found, exact = half(**seen), whole(**seen)
    assert found.probability.dtype == torch.float32
    assert torch.isfinite(found.loss)
    torch.testing.assert_close(found.probability, exact.probability, atol=0.1, rtol=0)
    found.loss.backward()


def test_folder_that_is_no_detector_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no config\.json"):
        from_pretrained(tmp_path)
    save_pretrained(build(tiny_config(mask_head=False)), tmp_path)
    text = (tmp_path / "config.json").read_text()
    (tmp_path / "config.json").write_text(text.replace('"mask_head": false', '"mask_head": true'))
    with pytest.raises(StorageError, match="does not fit"):
        from_pretrained(tmp_path)


def test_seed_alone_decides_the_weights() -> None:
    before = torch.random.get_rng_state()
    one, same, other = (build(tiny_config(), seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    name = "eyes.fusion.merge.weight"
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert not torch.equal(one[name], other[name])


def test_a_vocabulary_that_was_resized_is_not_the_next_detectors() -> None:
    config = tiny_config(language=True)
    assert config.language is not None
    words = config.language.model_copy(update={"vocabulary": 90})
    config = config.model_copy(update={"language": words})
    one, same = (build(config, 1).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], same[name]) for name in one)


def test_presets_are_the_papers() -> None:
    first, second = fakereasoning(), unified()
    assert first.language is not None
    assert second.language is not None
    assert first.language.adaptation == LoraConfig(rank=128, alpha=256, dropout=0.05)
    assert (first.language.temperature, second.language.temperature) == (10.0, 1.0)
    assert (second.eyes, second.views.kind, second.language.introduction) == (
        "internvl",
        "grid",
        (),
    )
    tuned = unified(LoraConfig(rank=128, alpha=16))
    assert (second.train_encoders, tuned.train_encoders) == (True, False)
    assert heads_only().language is None


def test_geometry_is_that_of_the_networks() -> None:
    for config in (tiny_config(), tiny_config(internvl=True), tiny_config(localiser=True)):
        detector = build(config)
        assert detector.eyes.grid(56) == (geometry(config).grid,) * 2
        assert visual_tokens(config, 3) == 3 * geometry(config).grid ** 2
        with torch.no_grad():
            found = detector(**batch(config))
        assert found.mask_logits.shape[-1] == geometry(config).mask
