"""Joins the parts into one network: pixels in, a probability, a mask and a text out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers.utils.generic import ModelOutput

from detector.model.backbones import ClipBranch, DinoBranch
from detector.model.config import DetectorConfig
from detector.model.fusion import ForgeryAwareFusion
from detector.model.heads import MaskHead, ProbabilityHead
from detector.model.language import LanguageReader, Read
from detector.model.localiser import Localiser
from detector.model.losses import label_loss, language_loss, mask_losses, weighted_sum
from detector.model.mapper import ProbabilityMapper, greedy_positions, taught_positions
from detector.model.projector import Projector

NOTHING = -20.0
"""Mask logit where no mask was asked: a probability of two in a thousand millions."""


@dataclass
class Detection(ModelOutput):
    """What the detector says of a batch; parts that it lacks, or was not asked, are None.

    probability [n] is P(fake), by the mapper where a text was read, else by the head;
    concluded [n] tells where the text reached its verdict (elsewhere probability is one half);
    mask_logits [n, h, w], text_logits [n, T, V], written ids [n, T'].
    """

    loss: Tensor | None = None
    losses: dict[str, Tensor] | None = None
    probability: Tensor | None = None
    concluded: Tensor | None = None
    mask_logits: Tensor | None = None
    text_logits: Tensor | None = None
    written: Tensor | None = None


class Detector(nn.Module):
    """Two frozen branches, their fusion, and what reads it: heads, a language model, a localiser.

    Build it with `checkpoints.build`, which keeps the weights' randomness to itself.
    """

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.config = config
        self.clip = ClipBranch(config.clip)
        self.dino = DinoBranch(config.dino)
        self.clip_projector = Projector(self.clip.width, config.width)
        self.dino_projector = Projector(self.dino.width, config.width)
        self.fusion = ForgeryAwareFusion(
            config.width,
            config.heads,
            self.dino.heads,
            dropout=config.dropout,
            linear_maps=config.linear_maps,
        )
        self.probability_head = ProbabilityHead(config.width) if config.probability_head else None
        self.mask_head = (
            MaskHead(config.width, scale=config.mask_scale) if config.mask_head else None
        )
        self.language: LanguageReader | None = None
        self.mapper: ProbabilityMapper | None = None
        self.localiser: Localiser | None = None
        if config.language is not None:
            words = config.language
            self.language = LanguageReader(words)
            self.mapper = ProbabilityMapper(words.real, words.fake, temperature=words.temperature)
            if self.language.width != config.width:
                raise ValueError(
                    f"the language model reads tokens of width {self.language.width}: "
                    f"set `width` to it"
                )
        if config.localiser is not None and self.language is not None:
            self.localiser = Localiser(
                config.localiser, self.language.width, train_encoder=config.train_sam_encoder
            )

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the fused tokens."""
        side = self.config.image_size // self.clip.patch
        return side, side

    def fuse(self, pixels: Tensor) -> Tensor:
        """Fused tokens [n, rows * columns, width] of pixels [n, 3, S, S], normalised for CLIP."""
        clip = self.clip(pixels)
        dino = self.dino(pixels, self.grid)
        fused: Tensor = self.fusion(
            self.clip_projector(clip), self.dino_projector(dino.tokens), dino.attention
        )
        return fused

    def forward(
        self,
        pixels: Tensor,
        *,
        label: Tensor | None = None,
        mask: Tensor | None = None,
        mask_known: Tensor | None = None,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        text_labels: Tensor | None = None,
        sam_pixels: Tensor | None = None,
    ) -> Detection:
        """Look at pixels [n, 3, S, S]; learn from whatever truth is given.

        label [n] (1 is fake), mask [n, H, W] in 0..1 with mask_known bool [n]; input_ids,
        attention_mask, text_labels [n, T] (unshifted, -100 not taught); sam_pixels [n, 3, S', S'].
        """
        fused = self.fuse(pixels)
        losses: dict[str, Tensor] = {}
        found = Detection()
        if self.probability_head is not None:
            logit = self.probability_head(fused)
            found.probability = logit.float().sigmoid()
            if label is not None:
                losses["label"] = label_loss(logit, label)
        if self.mask_head is not None:
            found.mask_logits = self.mask_head(fused, self.grid)
        known = mask_known
        if self.language is not None and input_ids is not None:
            attended = torch.ones_like(input_ids) if attention_mask is None else attention_mask
            read = self.language(input_ids, attended, fused)
            found.text_logits = read.logits
            if text_labels is not None:
                losses["language"] = language_loss(read.logits, text_labels)
            self._conclude(found, losses, read.logits, attended, text_labels, label)
            if self.localiser is not None and sam_pixels is not None:
                found.mask_logits, asked = self._draw(sam_pixels, input_ids, read)
                known = asked if known is None else known.bool() & asked
        if mask is not None and found.mask_logits is not None:
            losses["bce"], losses["dice"] = mask_losses(found.mask_logits, mask, known)
        if losses:
            found.loss = weighted_sum(losses, self.config.weights)
            found.losses = {name: loss.detach() for name, loss in losses.items()}
        return found

    @torch.no_grad()
    def answer(
        self,
        pixels: Tensor,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        sam_pixels: Tensor | None = None,
        *,
        most: int = 1024,
    ) -> Detection:
        """Write an answer to the question input_ids [n, T]; read verdict and mask off it.

        A text that never reaches its conclusion has `concluded` False and a probability of 1/2.
        """
        if self.language is None or self.mapper is None:
            raise ValueError("this detector has no language model: call it for its heads")
        attended = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        fused = self.fuse(pixels)
        ids, logits = self.language.write(input_ids, attended, fused, most=most)
        found = Detection(text_logits=logits, written=ids)
        self._conclude(found, {}, logits, torch.ones_like(ids), None, None)
        if self.localiser is not None and sam_pixels is not None:
            # The mask wants the hidden state of a token written: the whole text is read once.
            whole = torch.cat([input_ids, ids], dim=1)
            read = self.language(whole, torch.cat([attended, torch.ones_like(ids)], 1), fused)
            found.mask_logits, _ = self._draw(sam_pixels, whole, read)
        elif self.mask_head is not None:
            found.mask_logits = self.mask_head(fused, self.grid)
        return found

    def _conclude(
        self,
        found: Detection,
        losses: dict[str, Tensor],
        logits: Tensor,
        attended: Tensor,
        text_labels: Tensor | None,
        label: Tensor | None,
    ) -> None:
        """Put the mapper's verdict, and its loss where the truth is known, in their places."""
        words = self.config.language
        assert words is not None
        assert self.mapper is not None
        if words.positions == "taught" and text_labels is not None:
            at = taught_positions(text_labels, words.introduction)
        else:
            at = greedy_positions(logits, words.introduction, attended)
        scores = self.mapper.scores(logits, at)
        found.concluded = at >= 0
        found.probability = self.mapper.probability(scores)
        if label is not None:
            losses["verdict"] = self.mapper.loss(scores, label, found.concluded)

    def _draw(self, sam_pixels: Tensor, ids: Tensor, read: Read) -> tuple[Tensor, Tensor]:
        """Mask logits [n, h, w] and where a mask was asked [n], by the first asking token."""
        assert self.localiser is not None
        assert self.config.language is not None
        token = self.config.language.segmentation_token
        assert token is not None
        places = ids.eq(token)
        asked = places.any(1)
        row = torch.arange(len(ids), device=ids.device)
        drawn = self.localiser(sam_pixels, read.hidden[row, places.int().argmax(1)])
        return torch.where(asked[:, None, None], drawn, NOTHING), asked
