"""What the branches hand on, against what transformers itself tells of its layers."""

from __future__ import annotations

import pytest
import torch
from transformers import CLIPVisionModel

from detector.model.backbones import ClipBranch, DinoBranch, load
from detector.model.config import Dual, Part
from detector.model.tiny import DinoFamily, tiny_config
from schemas.errors import CounterfoilError

PIXELS = torch.linspace(-2, 2, 2 * 3 * 56 * 56).reshape(2, 3, 56, 56).sin()


def _parts(dino: DinoFamily = "dinov2") -> Dual:
    eyes = tiny_config(dino=dino).eyes
    assert isinstance(eyes, Dual)
    return eyes


def test_clip_tokens_are_the_last_layer_but_one() -> None:
    torch.manual_seed(0)
    whole = load(_parts().clip, CLIPVisionModel)
    torch.manual_seed(0)
    branch = ClipBranch(_parts().clip)
    states = whole.eval()(pixel_values=PIXELS, output_hidden_states=True).hidden_states
    assert branch(PIXELS).shape == (2, 16, 32)
    assert torch.equal(branch(PIXELS), states[-2][:, 1:])
    assert branch(torch.zeros(1, 3, 84, 84)).shape == (1, 36, 32)


@pytest.mark.parametrize(
    ("name", "extra"), [("dinov2", 1), ("dinov2_with_registers", 5), ("dinov3_vit", 5)]
)
def test_dino_gives_patches_and_their_attention(name: DinoFamily, extra: int) -> None:
    branch = DinoBranch(_parts(name).dino)
    pixels = torch.zeros(2, 3, 4 * branch.patch, 4 * branch.patch) + PIXELS[:, :, :1, :1]
    seen = branch(pixels, (4, 4))
    whole = branch.model(pixel_values=pixels, output_hidden_states=True, output_attentions=True)
    assert seen.tokens.shape == (2, 16, 32)
    assert seen.attention.shape == (2, 4, 16, 16)
    assert torch.equal(seen.tokens, whole.hidden_states[-1][:, extra:])
    assert torch.equal(seen.attention, whole.attentions[-1][:, :, extra:, extra:])
    assert float(seen.attention.sum(-1).max()) < 1
    assert branch(PIXELS, (4, 4)).tokens.shape == (2, 16, 32)


def test_branches_never_learn_nor_leave_evaluation() -> None:
    branch = DinoBranch(_parts().dino)
    branch.train()
    assert not any(module.training for module in branch.modules())
    assert not any(weight.requires_grad for weight in branch.parameters())
    assert not branch(PIXELS.clone().requires_grad_(), (4, 4)).tokens.requires_grad


def test_other_encoders_are_refused() -> None:
    clip = _parts().clip
    with pytest.raises(CounterfoilError, match="no DINO encoder"):
        DinoBranch(clip)
    with pytest.raises(ValueError, match="either a checkpoint or a config"):
        Part()
