"""Gives an autoencoder a start that shrinks a picture and enlarges it again, to learn from there.

From random weights, runs of some hundred to a thousand steps gave pictures that were still grey.
Here three latents start as the mean colour of their patch, the
decoder starts by blending between those, and the steps go into details.

The road for the colours leads through the networks' residual streams. At the end of each half
stand a group normalisation and a SiLU. They let a value u pass when its group holds u, -u and the
constants c and -c: the constants fix mean and variance, and silu(u) - silu(-u) = u.
"""

from __future__ import annotations

import torch
from torch import nn

from training.pocket.libraries import Model

_CONSTANT = 3.0
_LOG_VARIANCE = -5.0
# Light, red against blue, and green against both; rows have length 1.
_OPPONENT = torch.tensor([[1.0, 1, 1], [1, 0, -1], [1, -2, 1]])
_OPPONENT = _OPPONENT / _OPPONENT.norm(dim=1, keepdim=True)


@torch.no_grad()
def start_linear(model: Model) -> None:
    """Change the weights of a fresh autoencoder; its groups must hold four channels or more."""
    for name, weight in model.named_parameters():
        if ".resnets." in name and ".conv2." in name:
            nn.init.zeros_(weight)
    encoder, decoder = model.encoder, model.decoder
    _pass(encoder.conv_in, torch.eye(3))
    for block in encoder.down_blocks[:-1]:
        _join(block.resnets[0])
        # Padding stands at the right and below, so that the first two taps cover the patch.
        _filter(block.downsamplers[0].conv, torch.tensor([0.5, 0.5, 0.0]))
    _leave(encoder, encoder.down_blocks[-1].resnets[0].conv_shortcut, _OPPONENT)
    latents = model.config["latent_channels"]
    encoder.conv_out.weight[latents:] = 0
    encoder.conv_out.bias[latents:] = _LOG_VARIANCE
    for conv in (model.quant_conv, model.post_quant_conv):
        nn.init.dirac_(conv.weight)
        nn.init.zeros_(conv.bias)
    _pass(decoder.conv_in, _OPPONENT.T)
    for block in decoder.up_blocks[:-1]:
        _join(block.resnets[0])
        _filter(block.upsamplers[0].conv, torch.tensor([0.25, 0.5, 0.25]))
    _leave(decoder, decoder.up_blocks[-1].resnets[0].conv_shortcut, torch.eye(3))


def _pass(conv: Model, matrix: torch.Tensor) -> None:
    """Let the first three channels out be `matrix` times the first three in, pixel by pixel."""
    middle = conv.kernel_size[0] // 2
    conv.weight[:3] = 0
    conv.weight[:3, :3, middle, middle] = matrix
    conv.bias[:3] = 0


def _join(resnet: Model) -> None:
    """The same through the shortcut of a block that changes the number of channels."""
    if resnet.conv_shortcut is not None:
        _pass(resnet.conv_shortcut, torch.eye(3))


def _filter(conv: Model, taps: torch.Tensor) -> None:
    """Let the first three channels be filtered, each by itself."""
    conv.weight[:3] = 0
    conv.bias[:3] = 0
    for channel in range(3):
        conv.weight[channel, channel] = torch.outer(taps, taps)


def _leave(half: Model, shortcut: Model, matrix: torch.Tensor) -> None:
    """Let three channels through the normalisation and the SiLU at the end of `half`."""
    norm, last = half.conv_norm_out, half.conv_out
    size = norm.num_channels // norm.num_groups
    last.weight[:3] = 0
    last.bias[:3] = 0
    for channel in range(3):
        first = channel * size
        shortcut.weight[first : first + size] = 0
        shortcut.bias[first : first + size] = 0
        shortcut.weight[first, channel] = 1
        shortcut.weight[first + 1, channel] = -1
        shortcut.bias[first + 2] = _CONSTANT
        shortcut.bias[first + 3] = -_CONSTANT
        norm.weight[first : first + 2] = _CONSTANT * (2 / size) ** 0.5
        last.weight[:3, first, 1, 1] = matrix[:, channel]
        last.weight[:3, first + 1, 1, 1] = -matrix[:, channel]
