"""Draws the mask that the language model asks for, with the mask decoder of SAM 2.

After DeFakerOne, which follows Sa2VA: the hidden state of the language model's segmentation token
takes the place of a click, and SAM 2's own features of the picture are decoded by it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import Sam2Model

from detector.model.backbones import load
from detector.model.config import Part
from detector.model.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Normalised
from detector.model.projector import Projector


class Localiser(nn.Module):
    """A segmentation token and a picture become mask logits at a quarter of the picture's side."""

    def __init__(self, part: Part, width: int, *, train_encoder: bool = False) -> None:
        super().__init__()
        self.sam: Any = load(part, Sam2Model)
        self.normalised = Normalised(IMAGENET_MEAN, IMAGENET_STD)
        self.train_encoder = train_encoder
        decoder = self.sam.mask_decoder
        # In evaluation SAM may swap an unstable mask for one of three that were never taught.
        decoder.dynamic_multimask_via_stability = False
        self.project = Projector(width, decoder.hidden_size)
        self.sam.requires_grad_(False)
        decoder.requires_grad_(True)
        # What only serves several masks or their ranking gets no gradient here.
        decoder.iou_prediction_head.requires_grad_(False)
        decoder.pred_obj_score_head.requires_grad_(False)
        decoder.output_hypernetworks_mlps[1:].requires_grad_(False)
        if train_encoder:
            self.sam.vision_encoder.requires_grad_(True)

    @property
    def image_size(self) -> int:
        """Side of the square picture that SAM sees, px."""
        return int(self.sam.prompt_encoder.input_image_size)

    def train(self, mode: bool = True) -> Localiser:
        """Set the mode; a frozen encoder stays in evaluation."""
        super().train(mode)
        self.sam.vision_encoder.train(mode and self.train_encoder)
        return self

    def forward(self, pixels: Tensor, token: Tensor) -> Tensor:
        """Mask logits [n, S / 4, S / 4] of pixels uint8 [n, 3, S, S] for tokens [n, width]."""
        size = self.image_size
        if tuple(pixels.shape[-2:]) != (size, size):
            raise ValueError(f"SAM sees squares of {size} px, not {tuple(pixels.shape[-2:])}")
        with torch.set_grad_enabled(self.train_encoder and torch.is_grad_enabled()):
            fine, middle, coarse = self.sam.vision_encoder(
                self.normalised(pixels)
            ).fpn_hidden_states
        decoder = self.sam.mask_decoder
        coarse = coarse + self.sam.no_memory_embedding.reshape(1, -1, 1, 1)
        n, _, rows, columns = coarse.shape
        masks, *_ = decoder(
            image_embeddings=coarse,
            image_positional_embeddings=self.sam.get_image_wide_positional_embeddings()
            .to(coarse.dtype)
            .expand(n, -1, -1, -1),
            sparse_prompt_embeddings=self.project(token)[:, None, None],
            dense_prompt_embeddings=self.sam.prompt_encoder.no_mask_embed.weight.reshape(
                1, -1, 1, 1
            ).expand(n, -1, rows, columns),
            multimask_output=False,
            high_resolution_features=[decoder.conv_s0(fine), decoder.conv_s1(middle)],
        )
        drawn: Tensor = masks[:, 0, 0]
        return drawn
