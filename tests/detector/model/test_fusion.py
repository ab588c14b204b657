"""The fusion against the paper's equations, written once more in numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from detector.model.checkpoints import build
from detector.model.eyes import DualEyes
from detector.model.fusion import AttentionBias, ForgeryAwareFusion
from detector.model.tiny import DinoFamily, tiny_config

Array = NDArray[np.float64]


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def _norm(x: Array, gain: Array, shift: Array) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return np.asarray(centred / spread * gain + shift)


def _gelu(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))))


def _numbers(module: Any) -> dict[str, Array]:
    return {k: v.detach().numpy().astype(np.float64) for k, v in module.state_dict().items()}


def _bias(m: Array, w: dict[str, Array], at: str = "") -> Array:
    """B[i, k, q, j] = sum_g W2[k, g] gelu(sum_h W1[g, h] log(M[i, h, q, j] + 1e-6) + b1) + b2."""
    w1, w2 = w[f"{at}mix.0.weight"][:, :, 0, 0], w[f"{at}mix.2.weight"][:, :, 0, 0]
    first = np.einsum("gh,ihqj->igqj", w1, np.log(m + 1e-6))
    first = _gelu(first + w[f"{at}mix.0.bias"][None, :, None, None])
    second = np.einsum("kg,igqj->ikqj", w2, first)
    return np.asarray(second + w[f"{at}mix.2.bias"][None, :, None, None])


def _fused(c: Array, d: Array, m: Array, w: dict[str, Array], heads: int, maps: bool) -> Array:
    def linear(x: Array, name: str) -> Array:
        return np.asarray(x @ w[f"{name}.weight"].T + w[f"{name}.bias"]) if maps else x

    q, k, v = linear(c, "query"), linear(d, "key"), linear(d, "value")
    bias = _bias(m, w, "bias.")
    size = c.shape[-1] // heads
    joined = np.zeros_like(c)
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        scores = q[..., part] @ k[..., part].transpose(0, 2, 1) / math.sqrt(size) + bias[:, h]
        joined[..., part] = _softmax(scores) @ v[..., part]
    middle = _norm(linear(joined, "merge") + c, w["norm_attended.weight"], w["norm_attended.bias"])
    inner = np.maximum(middle @ w["feed_forward.0.weight"].T + w["feed_forward.0.bias"], 0)
    out = inner @ w["feed_forward.3.weight"].T + w["feed_forward.3.bias"]
    return _norm(out + middle, w["norm_out.weight"], w["norm_out.bias"])


def _inputs(heads: int, length: int = 9, width: int = 24) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(3)
    clip, dino = rng.normal(size=(2, 2, length, width))
    attention = _softmax(rng.normal(size=(2, heads, length + 1, length + 1)) * 3)[:, :, 1:, 1:]
    return clip, dino, attention


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(array).float()


def test_bias_is_the_mlp_of_the_logarithm() -> None:
    torch.manual_seed(0)
    bias = AttentionBias(6, 4)
    _, _, attention = _inputs(6)
    attention[0, 0, 0] = 0
    got = bias(_tensor(attention)).detach().numpy()
    assert got.shape == (2, 4, 9, 9)
    np.testing.assert_allclose(got, _bias(attention, _numbers(bias)), atol=1e-5)


@pytest.mark.parametrize("maps", [True, False])
@pytest.mark.parametrize(("heads", "source"), [(4, 4), (3, 6), (1, 2)])
def test_fusion_is_the_equations(heads: int, source: int, maps: bool) -> None:
    torch.manual_seed(1)
    fusion = ForgeryAwareFusion(24, heads, source, linear_maps=maps).eval()
    with torch.no_grad():
        for name, weight in fusion.named_parameters():
            if "norm" in name:
                weight.add_(0.1 * torch.randn_like(weight))
    clip, dino, attention = _inputs(source)
    got = fusion(_tensor(clip), _tensor(dino), _tensor(attention)).detach().numpy()
    wanted = _fused(clip, dino, attention, _numbers(fusion), heads, maps)
    np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_attention_map_steers_the_fusion() -> None:
    torch.manual_seed(2)
    fusion = ForgeryAwareFusion(24, 4, 4).eval()
    clip, dino, attention = _inputs(4)
    other = attention[:, :, :, ::-1].copy()
    with torch.no_grad():
        first, second = (
            fusion(_tensor(clip), _tensor(dino), _tensor(m)) for m in (attention, other)
        )
    assert float((first - second).abs().max()) > 1e-3


def test_width_must_divide_among_the_heads() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        ForgeryAwareFusion(10, 4, 4)


@pytest.mark.parametrize("name", ["dinov2", "dinov2_with_registers", "dinov3_vit"])
def test_eyes_are_the_equations_from_the_encoders_on(name: DinoFamily) -> None:
    """Tokens and attention as transformers tells them, CLS and registers taken away by hand."""
    config = tiny_config(dino=name)
    eyes = build(config).eval().eyes
    assert isinstance(eyes, DualEyes)
    pixels = torch.randint(0, 256, (2, 3, 56, 56), dtype=torch.uint8)
    with torch.no_grad():
        got = eyes(pixels).numpy()
        normal = eyes.normalised(pixels)
        clip = eyes.clip.model(pixel_values=normal).last_hidden_state[:, 1:]
        if name == "dinov3_vit":
            normal = torch.nn.functional.interpolate(normal, 64, mode="bicubic", antialias=True)
        seen = eyes.dino.model(normal, output_hidden_states=True, output_attentions=True)
    extra = 1 if name == "dinov2" else 5
    w = _numbers(eyes)
    tokens = []
    for side, x in (("clip", clip), ("dino", seen.hidden_states[-1][:, extra:])):
        at = f"{side}_projector.layers."
        inner = _gelu(x.numpy() @ w[at + "0.weight"].T + w[at + "0.bias"])
        tokens.append(inner @ w[at + "2.weight"].T + w[at + "2.bias"])
    attention = seen.attentions[-1][:, :, extra:, extra:].numpy().astype(np.float64)
    weights = {key.removeprefix("fusion."): value for key, value in w.items()}
    wanted = _fused(tokens[0], tokens[1], attention, weights, 4, True)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
