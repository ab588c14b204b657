"""Joins the parts into one network: pixels in, a probability, a mask and a text out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.utils.generic import ModelOutput

from detector.model.config import DetectorConfig
from detector.model.eyes import DualEyes, InternEyes, internvl
from detector.model.geometry import geometry
from detector.model.heads import DetailedMaskHead, MaskHead, ProbabilityHead
from detector.model.language import LanguageReader, Read
from detector.model.localiser import Localiser
from detector.model.losses import (
    IGNORED,
    label_loss,
    language_loss,
    mask_losses,
    weighted_sum,
)
from detector.model.mapper import (
    ProbabilityMapper,
    first_match,
    greedy_positions,
    taught_positions,
)

NOTHING = -20.0
"""Mask logit where no mask was asked: a probability of two in a thousand millions."""


@dataclass
class Detection(ModelOutput):
    """What the detector says of a batch; parts that it lacks, or was not asked, are None.

    probability [n] is P(fake), by the mapper where a text was read, else by the head;
    concluded [n] tells where the text reached its verdict (elsewhere probability is one half).
    mask_logits are of the views [sum of k, h, w], or with a localiser of the pictures [n, h, w].
    text_logits [n, T, V] are of a text read; a text written has ids written [n, T'], of which
    lengths [n] count, and after them only padding.
    """

    loss: Tensor | None = None
    losses: dict[str, Tensor] | None = None
    probability: Tensor | None = None
    concluded: Tensor | None = None
    mask_logits: Tensor | None = None
    text_logits: Tensor | None = None
    written: Tensor | None = None
    lengths: Tensor | None = None


class Detector(nn.Module):
    """Eyes, and what reads their tokens: heads, a language model, a localiser.

    Build it with `checkpoints.build`, which keeps the weights' randomness to itself.
    """

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.config = config
        self.language: LanguageReader | None = None
        self.mapper: ProbabilityMapper | None = None
        self.localiser: Localiser | None = None
        self.eyes: DualEyes | InternEyes
        words, model = config.language, None
        if isinstance(config.eyes, str):
            assert words is not None
            self.eyes, model = internvl(words.model, learns=config.train_encoders)
        else:
            self.eyes = DualEyes(config.eyes, config.width, learns=config.train_encoders)
        width = self.eyes.width
        if words is not None:
            self.language = LanguageReader(words, model)
            self.mapper = ProbabilityMapper(words.real, words.fake, temperature=words.temperature)
            width = self.language.width
        if not config.width == self.eyes.width == width:
            raise ValueError(f"the language model reads tokens of width {width}: set `width` to it")
        self.probability_head = ProbabilityHead(width) if config.probability_head else None
        self.mask_head = _mask_head(config, width) if config.mask_head else None
        if config.localiser is not None:
            self.localiser = Localiser(
                config.localiser, width, train_encoder=config.train_sam_encoder
            )

    def forward(
        self,
        pixels: Tensor,
        *,
        counts: Tensor | None = None,
        label: Tensor | None = None,
        mask: Tensor | None = None,
        mask_known: Tensor | None = None,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        text_labels: Tensor | None = None,
        sam_pixels: Tensor | None = None,
        **where: Tensor,
    ) -> Detection:
        """Look at views uint8 [sum of k, 3, S, S]; learn from whatever truth is given.

        All as `inputs.join` gives it: counts [n], views of each picture, one where not given;
        label [n] (1 is fake); mask uint8 [sum of k, m, m], of the pictures [n, m, m] with a
        localiser, and mask_known bool [n]; input_ids, attention_mask, text_labels [n, T]
        (unshifted, -100 not taught); sam_pixels uint8 [n, 3, S', S']. `where` the views lie does
        not matter here.
        """
        del where
        views = _counts(pixels, counts)
        tokens = self.eyes(pixels)
        losses: dict[str, Tensor] = {}
        found = Detection()
        known = torch.ones_like(views, dtype=torch.bool) if mask_known is None else mask_known
        if self.probability_head is not None:
            logit = self.probability_head(tokens, views)
            found.probability = logit.float().sigmoid()
            if label is not None:
                losses["label"] = label_loss(logit, label)
        if self.language is not None and self.mapper is not None and input_ids is not None:
            attended = torch.ones_like(input_ids) if attention_mask is None else attention_mask
            read = self.language(input_ids, attended, tokens, views)
            found.text_logits = read.logits
            at = self._positions(read.logits, attended, text_labels)
            scores = self.mapper.scores(read.logits[..., self.mapper.words], at)
            found.concluded = at >= 0
            found.probability = self.mapper.probability(scores)
            if text_labels is not None:
                losses["language"] = language_loss(read.logits, text_labels)
            if label is not None:
                losses["verdict"] = self.mapper.loss(scores, label, found.concluded)
            if sam_pixels is not None:
                found.mask_logits, asked = self._draw(sam_pixels, input_ids, attended, read)
                known = known & asked
        if self.mask_head is not None:
            found.mask_logits = self._outline(self.mask_head, tokens, pixels)
            known = known.repeat_interleave(views)
        if mask is not None and found.mask_logits is not None:
            truth = mask.float() / 255
            losses["bce"], losses["dice"] = mask_losses(
                found.mask_logits, truth, known, forged_share=self.config.forged_share
            )
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
        counts: Tensor | None = None,
        sam_pixels: Tensor | None = None,
        *,
        most: int = 1024,
        **where: Tensor,
    ) -> Detection:
        """Write an answer to the questions input_ids [n, T], padded on the left; read it.

        Verdict and mask are read off the text written. A text that never reaches its conclusion
        has `concluded` False and a probability of 1/2.
        """
        del where
        if self.language is None or self.mapper is None:
            raise ValueError("this detector has no language model: call it for its heads")
        views = _counts(pixels, counts)
        attended = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        tokens = self.eyes(pixels)
        written = self.language.write(
            input_ids, attended, tokens, views, watched=self.mapper.words, most=most
        )
        at = first_match(written.ids, self.language.config.introduction, written.valid)
        found = Detection(
            probability=self.mapper.probability(self.mapper.scores(written.words, at)),
            concluded=at >= 0,
            written=written.ids,
            lengths=written.lengths,
        )
        if sam_pixels is not None:
            # The mask wants the hidden state of a token written: the whole text is read once.
            whole = torch.cat([input_ids, written.ids], dim=1)
            attended = torch.cat([attended, written.valid.to(attended.dtype)], dim=1)
            read = self.language(whole, attended, tokens, views)
            found.mask_logits, _ = self._draw(sam_pixels, whole, attended, read)
        elif self.mask_head is not None:
            found.mask_logits = self._outline(self.mask_head, tokens, pixels)
        return found

    def _outline(self, head: MaskHead | DetailedMaskHead, tokens: Tensor, pixels: Tensor) -> Tensor:
        """Mask logits of the views [sum of k, h, w], from their tokens; see the heads."""
        grid = self.eyes.grid(pixels.shape[-1])
        seen = (pixels,) if isinstance(head, DetailedMaskHead) else ()
        logits: Tensor = head(tokens, grid, *seen)
        return logits

    def _positions(self, logits: Tensor, attended: Tensor, text_labels: Tensor | None) -> Tensor:
        """Where the logits [n, T, V] of a text that was read stand for its verdict, int64 [n].

        Of a taught text the answer alone is searched; without labels all of it, and where the
        verdict comes first the text is taken for a question, whose end predicts it.
        """
        assert self.language is not None
        words = self.language.config
        if text_labels is None:
            if words.introduction:
                return greedy_positions(logits, words.introduction, attended)
            last = attended * torch.arange(attended.shape[1], device=attended.device)
            return last.argmax(1)
        if words.positions == "taught":
            return taught_positions(text_labels, words.introduction)
        # The logits at t predict the token at t + 1.
        taught = functional.pad(text_labels[:, 1:] != IGNORED, (0, 1))
        return greedy_positions(logits, words.introduction, taught)

    def _draw(
        self, sam_pixels: Tensor, ids: Tensor, attended: Tensor, read: Read
    ) -> tuple[Tensor, Tensor]:
        """Mask logits [n, h, w] and where a mask was asked [n], by the first asking token."""
        if self.localiser is None or self.language is None:
            raise ValueError("this detector has no localiser: leave sam_pixels out")
        token = self.language.config.segmentation_token
        assert token is not None
        places = ids.eq(token) & attended.bool()
        asked = places.any(1)
        row = torch.arange(len(ids), device=ids.device)
        drawn = self.localiser(sam_pixels, read.hidden[row, places.int().argmax(1)])
        return torch.where(asked[:, None, None], drawn, NOTHING), asked


def _counts(pixels: Tensor, counts: Tensor | None) -> Tensor:
    if counts is None:
        return torch.ones(len(pixels), dtype=torch.int64, device=pixels.device)
    return counts


def _mask_head(config: DetectorConfig, width: int) -> MaskHead | DetailedMaskHead:
    if not config.mask_detail:
        return MaskHead(width, scale=config.mask_scale)
    patch = config.image_size // geometry(config).grid
    return DetailedMaskHead(width, patch=patch, scale=config.mask_scale)
