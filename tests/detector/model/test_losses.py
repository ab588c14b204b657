"""The losses by hand, and the heads' shapes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from detector.model.heads import DetailedMaskHead, MaskHead, ProbabilityHead
from detector.model.losses import dice_loss, language_loss, mask_losses, weighted_sum


def test_mask_losses_are_their_definitions() -> None:
    rng = np.random.default_rng(2)
    z, g = rng.normal(size=(3, 5, 7)), (rng.random((3, 5, 7)) < 0.4).astype(float)
    p = 1 / (1 + np.exp(-z))
    known = np.array([True, False, True])
    entropy = -(g * np.log(p) + (1 - g) * np.log(1 - p)).mean((1, 2))
    dice = 1 - (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    got = mask_losses(torch.from_numpy(z), torch.from_numpy(g), torch.from_numpy(known))
    np.testing.assert_allclose(got[0].item(), entropy[known].mean(), atol=1e-5)
    np.testing.assert_allclose(got[1].item(), dice[known].mean(), atol=1e-5)


def test_empty_mask_answered_by_an_empty_mask_costs_nothing() -> None:
    nothing = torch.full((1, 4, 4), -40.0)
    assert float(dice_loss(nothing, torch.zeros(1, 4, 4))) == pytest.approx(0, abs=1e-6)
    assert float(dice_loss(-nothing, torch.zeros(1, 4, 4))) > 0.9


def test_dice_is_asked_of_forged_pictures_alone() -> None:
    logits, truth = torch.zeros(2, 4, 4), torch.zeros(2, 4, 4)
    truth[0, :2] = 1
    both, alone = mask_losses(logits, truth), mask_losses(logits[:1], truth[:1])
    assert float(both[1]) == pytest.approx(float(alone[1]) / 2, abs=1e-6)
    assert float(mask_losses(logits[1:], truth[1:])[1]) == 0
    assert float(mask_losses(logits, truth, torch.tensor([False, True]))[1]) == 0


def test_forged_pixels_can_have_a_share_of_their_own() -> None:
    rng = np.random.default_rng(3)
    z, g = rng.normal(size=(3, 4, 6)), np.zeros((3, 4, 6))
    g[0, 1, 2:4], g[1] = 1, 1
    p = 1 / (1 + np.exp(-z))
    entropy = -(g * np.log(p) + (1 - g) * np.log(1 - p))
    marked = entropy[0][g[0] == 1].mean() * 0.25 + entropy[0][g[0] == 0].mean() * 0.75
    wanted = (marked + entropy[1].mean() + entropy[2].mean()) / 3
    logits, truth = torch.from_numpy(z), torch.from_numpy(g)
    balanced, dice = mask_losses(logits, truth, forged_share=0.25)
    assert float(balanced) == pytest.approx(wanted, abs=1e-5)
    assert float(dice) == float(mask_losses(logits, truth)[1])


def test_language_loss_counts_the_taught_tokens() -> None:
    logits = torch.zeros(1, 4, 8)
    logits[0, 1, 3] = 50.0
    labels = torch.tensor([[-100, -100, 3, 2]])
    assert float(language_loss(logits, labels)) == pytest.approx(np.log(8) / 2, abs=1e-5)
    assert float(language_loss(logits, torch.full((1, 4), -100))) == 0


def test_weights_apply_by_name() -> None:
    losses = {"label": torch.tensor(2.0), "dice": torch.tensor(3.0)}
    assert float(weighted_sum(losses, {"dice": 0.5})) == 3.5
    with pytest.raises(ValueError, match="nothing to learn"):
        weighted_sum({}, {})


def test_mask_head_draws_where_the_token_stands() -> None:
    torch.manual_seed(0)
    head = MaskHead(8, inner=16, scale=2)
    tokens = torch.zeros(1, 12, 8)
    tokens[0, 4 * 1 + 3] = 5.0
    with torch.no_grad():
        change = (head(tokens, (3, 4)) - head(torch.zeros(1, 12, 8), (3, 4)))[0].abs()
    assert change.shape == (6, 8)
    assert float(change[:, :4].max()) == 0
    assert float(change[2:4, 6:8].min()) > 0
    with pytest.raises(ValueError, match="do not fill"):
        head(tokens, (4, 4))


def test_detailed_mask_head_sees_tokens_and_pixels() -> None:
    torch.manual_seed(0)
    head = DetailedMaskHead(8, patch=16, scale=16)
    tokens, pixels = torch.zeros(1, 6, 8), torch.zeros(1, 3, 32, 48, dtype=torch.uint8)
    other, brighter = tokens.clone(), pixels.clone()
    other[0, 2] = torch.arange(8.0)
    brighter[0, :, 3, 5] = 255
    with torch.no_grad():
        drawn = head(tokens, (2, 3), pixels)
        assert drawn.shape == (1, 32, 48)
        assert not torch.equal(head(other, (2, 3), pixels), drawn)
        assert not torch.equal(head(tokens, (2, 3), brighter), drawn)
    with pytest.raises(ValueError, match="do not fill"):
        head(tokens, (3, 3), pixels)
    with pytest.raises(ValueError, match="not 8ths"):
        DetailedMaskHead(8, patch=14, scale=16)


def test_probability_pools_all_views_of_a_picture() -> None:
    torch.manual_seed(0)
    head = ProbabilityHead(8)
    views = torch.randn(4, 6, 8)
    with torch.no_grad():
        got = head(views, torch.tensor([1, 3]))
        alone = [
            head(views[:1], torch.tensor([1])),
            head(views[1:].reshape(1, 18, 8), torch.ones(1, dtype=torch.int64)),
        ]
    torch.testing.assert_close(got, torch.cat(alone))
