"""Texts written by the detector: batches, endings, verdicts, and low-rank adaptation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from detector.model.backbones import load
from detector.model.checkpoints import build
from detector.model.config import DetectorConfig, LoraConfig, Part, Views
from detector.model.detector import Detector
from detector.model.inputs import join
from detector.model.presets import with_words
from detector.model.tiny import (
    FAKE,
    IMAGE_TOKEN,
    INTRODUCTION,
    REAL,
    SEGMENTATION_TOKEN,
    tiny_config,
)
from schemas.errors import MissingExtraError
from tests.detector.model.examples import ANSWER, batch, questions

SIZES = ((56, 56), (100, 56), (40, 30), (56, 56))
LORA = LoraConfig(rank=4, alpha=8)


def _noisy(detector: Detector) -> Detector:
    """What is random is made louder, so that texts differ, and LoRA's second half is not nought."""
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in detector.named_parameters():
            if "lora_B" in name or "embed_tokens" in name or "lm_head" in name:
                weight.normal_(0, 0.7)
    return detector.eval()


def _answer(detector: Detector, **inputs: Any) -> Any:
    """What it answers; every part of it is there."""
    return detector.answer(**inputs)


@pytest.mark.parametrize("adaptation", ["full", LORA])
@pytest.mark.parametrize("internvl", [False, True])
def test_answers_together_are_those_alone(adaptation: Any, internvl: bool) -> None:
    config = tiny_config(
        localiser=True,
        internvl=internvl,
        adaptation=adaptation,
        views=Views(kind="tiles", most=2),
        probability_head=False,
    )
    # An end that comes now and then: rows of unequal lengths.
    assert config.language is not None
    words = config.language.model_copy(update={"introduction": (), "end_token": 17})
    detector = _noisy(build(config.model_copy(update={"language": words})))
    asked = questions(config, SIZES)
    together = _answer(detector, **join(asked, left=True), most=24)
    assert together.written.shape[0] == 4
    for i, one in enumerate(asked):
        alone = _answer(detector, **join([one], left=True), most=24)
        length = int(alone.lengths[0])
        assert int(together.lengths[i]) == length
        assert torch.equal(together.written[i, :length], alone.written[0, :length])
        assert (together.written[i, length:] == 0).all()
        torch.testing.assert_close(together.probability[i], alone.probability[0], atol=1e-5, rtol=0)
        torch.testing.assert_close(together.mask_logits[i], alone.mask_logits[0], atol=1e-4, rtol=0)


def test_texts_end_where_they_end_and_padding_says_nothing() -> None:
    config = _ending(tiny_config(language=True), INTRODUCTION[0])
    detector = _forced(build(config).eval(), [INTRODUCTION[0], *INTRODUCTION, FAKE])
    found = _answer(detector, **join(questions(config, ((56, 56),)), left=True), most=8)
    assert found.lengths.tolist() == [1]
    assert found.written.tolist() == [[INTRODUCTION[0]]]
    assert found.concluded.tolist() == [False]
    assert found.probability.tolist() == [0.5]


def test_verdict_is_read_after_the_introduction() -> None:
    config = _ending(tiny_config(language=True), 2)
    detector = _forced(build(config).eval(), [6, *INTRODUCTION, FAKE, 2, *INTRODUCTION, REAL])
    found = _answer(detector, **join(questions(config, ((56, 56),) * 2), left=True), most=9)
    assert found.lengths.tolist() == [6, 6]
    assert found.written[0].tolist() == [6, *INTRODUCTION, FAKE, 2]
    assert found.concluded.all()
    assert (found.probability > 0.5).all()


def _ending(config: DetectorConfig, token: int) -> DetectorConfig:
    assert config.language is not None
    words = config.language.model_copy(update={"end_token": token})
    return config.model_copy(update={"language": words})


def _forced(detector: Detector, text: list[int]) -> Detector:
    """A detector whose language model writes `text`, whatever it is asked."""
    assert detector.language is not None
    steps = iter(text)

    def write(_module: Any, _inputs: Any, logits: torch.Tensor) -> torch.Tensor:
        forced = torch.zeros_like(logits)
        forced[..., next(steps)] = 9
        return forced

    detector.language.model.lm_head.register_forward_hook(write)
    return detector


def test_a_placeholder_is_never_written() -> None:
    config = tiny_config(language=True)
    detector = _forced(build(config).eval(), [IMAGE_TOKEN] * 3)
    found = _answer(detector, **join(questions(config, ((56, 56),)), left=True), most=3)
    assert IMAGE_TOKEN not in found.written


def test_habits_of_a_checkpoint_do_not_change_what_is_written(tmp_path: Path) -> None:
    config = tiny_config(language=True)
    assert config.language is not None
    model = load(config.language.model, AutoModelForCausalLM)
    torch.manual_seed(1)
    torch.nn.init.normal_(model.lm_head.weight, 0, 0.7)
    answers = []
    for name, habits in {"plain": {}, "other": {"repetition_penalty": 5.0}}.items():
        model.generation_config.update(**habits)
        model.save_pretrained(tmp_path / name)
        words = config.language.model_copy(update={"model": Part(checkpoint=str(tmp_path / name))})
        detector = build(config.model_copy(update={"language": words})).eval()
        asked = join(questions(config, ((56, 56),)), left=True)
        answers.append(_answer(detector, **asked, most=12).written)
    assert torch.equal(*answers)
    assert len(set(answers[0][0].tolist())) < 12


def test_taught_verdict_trains_the_mapper() -> None:
    config = tiny_config(language=True, mask_head=False, probability_head=False, dropout=0.0)
    assert config.language is not None
    words = config.language.model_copy(update={"positions": "taught", "end_token": 2})
    detector = build(config.model_copy(update={"language": words})).train()
    seen = batch(config)
    optimiser = torch.optim.AdamW([w for w in detector.parameters() if w.requires_grad], lr=3e-3)
    first = float(detector(**seen).losses["verdict"])
    # The temperature makes the mapper slow: a gap of ten logits is worth one.
    for _ in range(80):
        optimiser.zero_grad()
        detector(**seen).loss.backward()
        optimiser.step()
    detector.eval()
    assert float(detector(**seen).losses["verdict"]) < 0.6 * first
    asked = [
        {**one, "input_ids": one["input_ids"][i:]}
        for i, one in enumerate(questions(config, ((56, 56),) * 4))
    ]
    found = _answer(detector, **join(asked, left=True), most=12)
    assert found.concluded.all()
    assert torch.equal(found.probability.gt(0.5).long(), seen["label"])
    assert found.lengths.tolist() == [ANSWER] * 4
    wanted = [6, *INTRODUCTION, REAL, SEGMENTATION_TOKEN, 2]
    assert found.written[0].tolist() == wanted


def test_verdict_by_the_first_word() -> None:
    """Nothing introduces it: it is predicted where the question ends, taught or not."""
    config = tiny_config(language=True, probability_head=False, mask_head=False)
    config = with_words(
        config, introduction=(), real=(6, 7), fake=(8, 9), image_token=IMAGE_TOKEN, end_token=2
    )
    detector = build(config).eval()
    seen = batch(config)
    asked = join(questions(config, ((56, 56),) * 4), left=True)
    with torch.no_grad():
        taught = detector(**{k: v for k, v in seen.items() if k != "label"}).probability
        longer = detector(**asked).probability
    written = _answer(detector, **asked, most=2)
    assert written.concluded.all()
    torch.testing.assert_close(longer, written.probability, atol=1e-5, rtol=0)
    torch.testing.assert_close(taught[0], written.probability[0], atol=1e-5, rtol=0)


def test_low_rank_adaptation_alone_learns_in_the_language_model() -> None:
    config = tiny_config(localiser=True, adaptation=LORA)
    config = with_words(
        config,
        introduction=INTRODUCTION,
        real=(REAL,),
        fake=(FAKE,),
        image_token=IMAGE_TOKEN,
        segmentation_token=SEGMENTATION_TOKEN,
        vocabulary=70,
        added=(SEGMENTATION_TOKEN, 69),
    )
    detector = build(config).train()
    detector(**batch(config)).loss.backward()
    learning = {n for n, w in detector.named_parameters() if w.requires_grad}
    language = {n for n in learning if n.startswith("language.")}
    assert language
    assert all("lora_" in n or "trainable_tokens_delta" in n for n in language)
    assert sum("trainable_tokens_delta" in n for n in language) == 2
    for part in ("eyes.clip_projector", "eyes.dino_projector", "eyes.fusion", "probability_head"):
        assert any(n.startswith(part) for n in learning), part
    assert not any(n.startswith(("eyes.clip.", "eyes.dino.")) for n in learning)
    # The second halves begin at nought, so that the first learn nothing at the first step.
    learned = {
        n for n, w in detector.named_parameters() if w.grad is not None and bool(w.grad.any())
    }
    assert {n for n in language if "lora_A" not in n} <= learned
    assert learned <= learning


def test_lora_asks_for_peft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.model.adaptation.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="peft"):
        build(tiny_config(language=True, adaptation=LORA))


def test_checkpointed_gradients_are_the_same() -> None:
    config = tiny_config(language=True, dropout=0.0)
    assert config.language is not None
    words = config.language.model_copy(update={"gradient_checkpointing": True})
    spared = config.model_copy(update={"language": words})
    gradients = []
    for one in (config, spared):
        detector = build(one).train()
        detector(**batch(one)).loss.backward()
        gradients.append({n: w.grad for n, w in detector.named_parameters() if w.requires_grad})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradient, gradients[1][name], atol=1e-6, rtol=1e-5)
