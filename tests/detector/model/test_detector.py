"""The whole detector, tiny: gradients, overfitting, saving and reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from detector.model.checkpoints import build, from_pretrained, save_pretrained
from detector.model.config import DetectorConfig, LoraConfig
from detector.model.detector import Detector
from detector.model.tiny import IMAGE_TOKEN, INTRODUCTION, SEGMENTATION_TOKEN, tiny_config
from schemas.errors import MissingExtraError, StorageError

FROZEN = ("clip.", "dino.")


def _batch(n: int = 4) -> dict[str, Any]:
    draw = torch.Generator().manual_seed(7)
    mask = torch.zeros(n, 56, 56)
    for i in range(1, n, 2):
        mask[i, 14 * (i % 3) : 14 * (i % 3) + 14, 14:42] = 1
    noise = torch.randn(n, 3, 56, 56, generator=draw)
    pixels = noise * 0.3 + mask[:, None] * torch.randn(n, 3, 56, 56, generator=draw)
    return {"pixels": pixels, "label": torch.arange(n) % 2, "mask": mask}


def _texts(n: int = 4) -> dict[str, Any]:
    verdict = [62, 63]
    rows = [
        [1] + [IMAGE_TOKEN] * 16 + [5, 6, *INTRODUCTION, verdict[i % 2], SEGMENTATION_TOKEN, 2]
        for i in range(n)
    ]
    ids = torch.tensor(rows)
    labels = ids.clone()
    labels[:, :18] = -100
    draw = torch.Generator().manual_seed(8)
    sam = torch.randn(n, 3, 64, 64, generator=draw)
    return {"input_ids": ids, "text_labels": labels, "sam_pixels": sam}


def _learned(detector: Detector) -> set[str]:
    return {
        name
        for name, weight in detector.named_parameters()
        if weight.grad is not None and bool(weight.grad.any())
    }


def test_gradients_flow_to_projectors_fusion_and_heads_alone() -> None:
    detector = build(tiny_config()).train()
    detector(**_batch()).loss.backward()
    learned = _learned(detector)
    wanted = {n for n, _ in detector.named_parameters() if not n.startswith(FROZEN)}
    # A bias added to every key shifts all of a query's scores alike, which softmax forgets: its
    # gradient is nought but for rounding.
    assert learned | {"fusion.key.bias"} == wanted
    assert {n for n, w in detector.named_parameters() if w.requires_grad} == wanted
    assert all(w.grad is None for n, w in detector.named_parameters() if n.startswith(FROZEN))


def test_gradients_flow_through_language_and_localiser() -> None:
    config = tiny_config(localiser=True, mask_head=False, probability_head=False)
    detector = build(config).train()
    detector(**_batch(), **_texts()).loss.backward()
    learned = _learned(detector)
    for part in ("clip_projector", "dino_projector", "fusion.bias", "language", "localiser"):
        assert any(name.startswith(part) for name in learned), part
    assert not any(n.startswith((*FROZEN, "localiser.sam.vision_encoder")) for n in learned)
    asleep = {n for n, w in detector.named_parameters() if w.requires_grad and w.grad is None}
    assert asleep == set()


def test_heads_overfit_eight_samples() -> None:
    detector = build(tiny_config(dropout=0.0)).train()
    batch = _batch(8)
    optimiser = torch.optim.AdamW(
        [w for w in detector.parameters() if w.requires_grad], lr=3e-3, weight_decay=0.0
    )
    for _ in range(120):
        optimiser.zero_grad()
        detector(**batch).loss.backward()
        optimiser.step()
    found = detector.eval()(batch["pixels"])
    assert torch.equal((found.probability > 0.5).long(), batch["label"])
    drawn = torch.nn.functional.interpolate(found.mask_logits[:, None], size=(56, 56))[:, 0] > 0
    truth = batch["mask"].bool()
    assert float((drawn & truth).sum() / (drawn | truth).sum()) > 0.9


def test_taught_verdict_trains_the_mapper() -> None:
    config = tiny_config(language=True, mask_head=False, probability_head=False, dropout=0.0)
    assert config.language is not None
    taught = config.language.model_copy(update={"positions": "taught"})
    detector = build(config.model_copy(update={"language": taught})).train()
    batch = {**_batch(), **_texts()}
    del batch["mask"], batch["sam_pixels"]
    optimiser = torch.optim.AdamW([w for w in detector.parameters() if w.requires_grad], lr=3e-3)
    first = float(detector(**batch).losses["verdict"])
    # The temperature makes the mapper slow: a gap of ten logits is worth one.
    for _ in range(100):
        optimiser.zero_grad()
        detector(**batch).loss.backward()
        optimiser.step()
    detector.eval()
    assert float(detector(**batch).losses["verdict"]) < 0.5 * first
    answered = detector.answer(batch["pixels"], batch["input_ids"][:, :18], most=7)
    assert answered.concluded is not None
    assert answered.probability is not None
    assert answered.written is not None
    assert bool(answered.concluded.all())
    assert torch.equal(answered.probability.gt(0.5).long(), batch["label"])
    assert torch.equal(answered.written[:, :6], batch["input_ids"][:, 18:24])


@pytest.mark.parametrize("localiser", [False, True])
def test_saved_detector_answers_the_same(tmp_path: Path, localiser: bool) -> None:
    detector = build(tiny_config(localiser=localiser), seed=5).eval()
    save_pretrained(detector, tmp_path / "saved")
    again = from_pretrained(tmp_path / "saved")
    assert again.config == detector.config
    inputs = {"pixels": _batch()["pixels"], **(_texts() if localiser else {})}
    first, second = detector(**inputs), again(**inputs)
    assert torch.equal(first.probability, second.probability)
    assert torch.equal(first.mask_logits, second.mask_logits)


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
    name = "fusion.merge.weight"
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert not torch.equal(one[name], other[name])


def test_mask_of_nobody_who_asked_is_empty() -> None:
    detector = build(tiny_config(localiser=True)).eval()
    texts = _texts(2)
    texts["input_ids"][0, -2] = 5
    with torch.no_grad():
        found = detector(_batch(2)["pixels"], **texts)
    assert float(found.mask_logits[0].max()) == -20
    assert float(found.mask_logits[1].min()) > -20


def test_localiser_overfits_what_the_token_asks() -> None:
    config = tiny_config(localiser=True, mask_head=False, probability_head=False, dropout=0.0)
    detector = build(config).train()
    batch = {**_batch(2), **_texts(2)}
    batch["sam_pixels"] = torch.nn.functional.interpolate(batch["pixels"], size=64)
    optimiser = torch.optim.AdamW([w for w in detector.parameters() if w.requires_grad], lr=3e-3)
    seen = []
    for _ in range(120):
        optimiser.zero_grad()
        found = detector(**batch)
        found.loss.backward()
        optimiser.step()
        seen.append(float(found.losses["bce"] + found.losses["dice"]))
    assert seen[-1] < 0.25 * seen[0]


def test_lora_asks_for_peft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.model.language.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="peft"):
        build(tiny_config(language=True, adaptation=LoraConfig(rank=2, alpha=4)))


def test_parts_must_fit() -> None:
    whole = tiny_config(localiser=True)
    with pytest.raises(ValueError, match="segmentation_token"):
        DetectorConfig(clip=whole.clip, dino=whole.dino, localiser=whole.localiser)
    with pytest.raises(ValueError, match="reads tokens of width 32"):
        build(tiny_config(language=True, width=64))
    detector = build(tiny_config(language=True))
    with pytest.raises(ValueError, match="16 placeholders"):
        detector(_batch(1)["pixels"], input_ids=torch.tensor([[1, IMAGE_TOKEN, 2]]))
