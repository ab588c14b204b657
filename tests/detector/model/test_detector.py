"""The whole detector, tiny: where gradients flow, what it learns, and views of many pictures."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from detector.model.checkpoints import build
from detector.model.config import DetectorConfig, Dual, Views
from detector.model.detector import Detector
from detector.model.inputs import drawn_masks, join
from detector.model.tiny import IMAGE_TOKEN, small_config, tiny_config
from tests.detector.model.examples import batch, examples

NOTHING = ("key.bias", "k_proj.bias")
"""A bias added to every key shifts all of a query's scores alike, which softmax forgets."""
MIXED = ((100, 90), (40, 40), (56, 56), (120, 60))
PARTS: dict[str, dict[str, Any]] = {
    "heads": {},
    "localiser": {"localiser": True, "probability_head": False},
    "internvl": {"internvl": True, "localiser": True},
}
DUAL = ("eyes.clip.", "eyes.dino.")
ENCODERS = {"heads": DUAL, "localiser": DUAL, "internvl": ("eyes.",)}


def _learned(detector: Detector) -> set[str]:
    return {
        name
        for name, weight in detector.named_parameters()
        if weight.grad is not None and bool(weight.grad.any()) and not name.endswith(NOTHING)
    }


def _open(detector: Detector) -> set[str]:
    return {
        name
        for name, weight in detector.named_parameters()
        if weight.requires_grad and not name.endswith(NOTHING)
    }


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("learns", [False, True])
def test_gradients_flow_where_they_should_and_nowhere_else(name: str, learns: bool) -> None:
    config = tiny_config(
        **PARTS[name],
        views=Views(kind="tiles", most=4),
        train_encoders=learns,
        train_sam_encoder=learns,
    )
    detector = build(config).train()
    detector(**batch(config, MIXED)).loss.backward()
    every = {name for name, _ in detector.named_parameters() if not name.endswith(NOTHING)}
    assert _learned(detector) == _open(detector)
    frozen = {n for n in every if n.startswith(ENCODERS[name])}
    closed = {n for n in every - _open(detector) if not n.startswith("localiser.sam.")}
    assert frozen
    assert closed == (set() if learns else frozen)
    sam = {n for n in every if n.startswith("localiser.sam.vision_encoder")}
    assert not sam or bool(sam & _open(detector)) == learns
    modes = {module.training for module in detector.eyes.modules() if not list(module.children())}
    assert modes == ({True} if learns else {False} if name == "internvl" else {True, False})


def test_one_view_is_the_picture_alone() -> None:
    """Tiles of pictures no larger than a tile say what a whole square says."""
    detector = build(tiny_config()).eval()
    tiled = build(tiny_config(views=Views(kind="tiles"))).eval()
    whole, same = batch(detector.config), batch(tiled.config)
    with torch.no_grad():
        first, second = detector(**whole), tiled(**same)
        alone = detector(whole["pixels"])
    assert torch.equal(first.probability, second.probability)
    assert torch.equal(first.mask_logits, second.mask_logits)
    assert torch.equal(first.probability, alone.probability)


@pytest.mark.parametrize("name", PARTS)
def test_other_pictures_do_not_matter(name: str) -> None:
    config = tiny_config(**PARTS[name], views=Views(kind="tiles", most=4, overlap=0.2))
    detector = build(config, seed=3).eval()
    every = examples(config, MIXED)
    order = [2, 0, 3, 1]
    together, shuffled = join(every), join([every[i] for i in order])
    with torch.no_grad():
        first, second = detector(**together), detector(**shuffled)
        masks, moved = drawn_masks(first, together), drawn_masks(second, shuffled)
        for i, one in enumerate(every):
            alone = join([one])
            found = detector(**alone)
            for probability in (first.probability[i], second.probability[order.index(i)]):
                torch.testing.assert_close(found.probability[0], probability, atol=1e-5, rtol=0)
            (mask,) = drawn_masks(found, alone)
            assert mask.shape == MIXED[i]
            assert abs(mask - masks[i]).max() < 1e-5
            assert abs(mask - moved[order.index(i)]).max() < 1e-5


def test_heads_overfit_eight_samples() -> None:
    config = tiny_config(dropout=0.0)
    detector = build(config).train()
    seen = batch(config, ((56, 56),) * 8)
    optimiser = torch.optim.AdamW([w for w in detector.parameters() if w.requires_grad], lr=3e-3)
    for _ in range(80):
        optimiser.zero_grad()
        detector(**seen).loss.backward()
        optimiser.step()
    found = detector.eval()(**seen)
    assert torch.equal((found.probability > 0.5).long(), seen["label"])
    drawn, truth = found.mask_logits > 0, seen["mask"] > 127
    assert float((drawn & truth).sum() / (drawn | truth).sum()) > 0.9


def test_localiser_overfits_what_the_token_asks() -> None:
    config = tiny_config(localiser=True, probability_head=False, dropout=0.0)
    detector = build(config).train()
    seen = batch(config, ((56, 56),) * 2)
    learning = [weight for weight in detector.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=3e-3, fused=True)
    losses = []
    for _ in range(50):
        optimiser.zero_grad()
        found = detector(**seen)
        found.loss.backward()
        optimiser.step()
        losses.append(float(found.losses["bce"] + found.losses["dice"]))
    assert losses[-1] < 0.5 * losses[0]


def test_mask_of_nobody_who_asked_is_empty() -> None:
    config = tiny_config(localiser=True)
    detector = build(config).eval()
    seen = batch(config, ((56, 56),) * 2)
    seen["input_ids"][1, -2] = 5
    with torch.no_grad():
        found = detector(**seen)
    assert float(found.mask_logits[0].min()) > -20
    assert float(found.mask_logits[1].max()) == -20


@pytest.mark.parametrize("parts", [{}, {"language": True}, {"localiser": True}])
def test_small_detector_is_small(parts: dict[str, bool]) -> None:
    detector = build(small_config(**parts)).train()
    assert 1e6 < sum(weight.numel() for weight in detector.parameters()) < 3e6
    found = detector(**batch(detector.config, ((300, 200),)))
    found.loss.backward()
    assert found.mask_logits.shape == ((1, 32, 32) if "localiser" in parts else (1, 384, 384))


def test_parts_must_fit() -> None:
    whole = tiny_config(localiser=True)
    with pytest.raises(ValueError, match="segmentation_token"):
        DetectorConfig(eyes=whole.eyes, mask_head=False, localiser=whole.localiser)
    with pytest.raises(ValueError, match="switch one off"):
        tiny_config(localiser=True, mask_head=True)
    with pytest.raises(ValueError, match="come with its language model"):
        DetectorConfig(eyes="internvl")
    with pytest.raises(ValueError, match="reads tokens of width 32"):
        build(tiny_config(language=True, width=64))
    mixed = tiny_config(dino="dinov3_vit").eyes
    assert isinstance(mixed, Dual)
    with pytest.raises(ValueError, match="patches of one size"):
        build(tiny_config(eyes=mixed.model_copy(update={"traces": True})))
    config = tiny_config(language=True)
    detector = build(config)
    seen = batch(config, ((56, 56),))
    with pytest.raises(ValueError, match="16 placeholders"):
        detector(seen["pixels"], input_ids=torch.tensor([[1, IMAGE_TOKEN, 2]]))
    with pytest.raises(ValueError, match="no localiser"):
        detector(**seen, sam_pixels=torch.zeros(1, 3, 64, 64, dtype=torch.uint8))
    with pytest.raises(ValueError, match="no language model"):
        build(tiny_config()).answer(seen["pixels"], seen["input_ids"])
