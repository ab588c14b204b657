"""InternVL taken apart says what transformers' own says; traces keep what making leaves."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from transformers import InternVLForConditionalGeneration

from detector.model.backbones import load
from detector.model.checkpoints import build
from detector.model.inputs import join
from detector.model.tiny import tiny_config
from detector.model.traces import Traces
from tests.detector.model.examples import batch, examples


def test_internvl_in_parts_is_internvl() -> None:
    config = tiny_config(internvl=True, probability_head=False, mask_head=False)
    detector = build(config).eval()
    assert config.language is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        whole = load(config.language.model, InternVLForConditionalGeneration).eval()
    seen = batch(config)
    with torch.no_grad():
        found = detector(**seen)
        normal = detector.eyes.normalised(seen["pixels"])
        wanted = whole(
            input_ids=seen["input_ids"],
            attention_mask=seen["attention_mask"],
            pixel_values=normal,
        )
    read = seen["attention_mask"].bool()
    torch.testing.assert_close(found.text_logits[read], wanted.logits[read], atol=1e-5, rtol=1e-5)


def test_internvl_sees_views_as_several_pictures() -> None:
    """Two pictures of a view each are, to the tower, one picture of two views."""
    config = tiny_config(internvl=True)
    one, other = examples(config, ((56, 56), (56, 56)))
    eyes = build(config).eval().eyes
    with torch.no_grad():
        together = eyes(join([one, other])["pixels"])
        apart = [eyes(join([single])["pixels"]) for single in (one, other)]
    torch.testing.assert_close(together, torch.cat(apart), atol=1e-5, rtol=0)


def test_traces_are_the_cosine_transform_of_every_block() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    traces = Traces()(torch.from_numpy(picture.transpose(2, 0, 1))[None])
    assert traces.shape == (1, 3, 24, 32)
    red, green, blue = picture.astype(np.float32).transpose(2, 0, 1)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue - 128
    frequency = np.hypot(*np.mgrid[:8, :8])
    frequency[0, 0] = 1 / 16
    for channel, values in enumerate((grey, red - blue)):
        wanted = cv2.dct(np.ascontiguousarray(values[8:16, 16:24]))
        found = traces[0, channel, 8:16, 16:24].numpy()
        np.testing.assert_allclose(found, np.log1p(np.abs(wanted * frequency)) - 2, atol=1e-3)
    flat = Traces()(torch.full((1, 3, 16, 16), 90, dtype=torch.uint8))
    assert float(flat[:, 2].max()) == -2
