"""Encodes and decodes batches with an autoencoder of diffusers, of whichever kind it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.contract import CannotForge
from generators.diffusion.drafts import Draft, Drawn
from generators.diffusion.loading import load_autoencoder
from generators.diffusion.locating import locate
from generators.diffusion.memory import draw_in_halves
from generators.diffusion.options import CheckpointOptions
from generators.diffusion.quiet import undisturbed
from generators.diffusion.sampling import provenance
from generators.diffusion.shelf import machine_for, one_at_a_time
from schemas.identity import derive_seed
from schemas.picture import Pixels

if TYPE_CHECKING:
    import torch


class Reconstructor:
    """A loaded autoencoder."""

    def __init__(self, options: CheckpointOptions, sample: bool) -> None:
        self.preset = options.chosen
        machine = machine_for(options, self.preset)
        with one_at_a_time(), undisturbed(0, machine.device):
            located = locate(self.preset.checkpoint, options.revision)
            self._model: Any = load_autoencoder(located, machine)
        self.batch_size = options.batch_size
        self.size = self.preset.size or "source"
        self.multiple = _multiple(self._model)
        side = self._model.config.get("sample_size") or _USUAL
        self.native = self.preset.native or (side, side)
        self._sample, self._machine = sample, machine
        self._notes: tuple[str, ...] = ()
        self._known = {
            **provenance(options, self.preset, located, machine),
            "autoencoder": type(self._model).__name__,
        }

    def draw(self, drafts: Sequence[Draft]) -> list[Drawn | CannotForge]:
        """Reconstruct drafts of one working size; fewer at once if memory is short.

        Raises MemoryError where not even one fits.
        """
        stray = derive_seed("stray", drafts[0].job.seed)
        with one_at_a_time(), undisturbed(stray, self._machine.device):
            results, size = draw_in_halves(self._run, drafts, self.batch_size)
        if size < self.batch_size:
            self.batch_size = size
            self._notes = (f"the batch was halved to {size} after running out of memory",)
        return [
            Drawn(
                pixels,
                {
                    **self._known,
                    "sampled": sampled,
                    "size": list(draft.frame.working),
                    "batch_size": self.batch_size,
                },
                self._notes,
            )
            for draft, (pixels, sampled) in zip(drafts, results, strict=True)
        ]

    def _run(self, drafts: Sequence[Draft]) -> list[tuple[Pixels, bool]]:
        import torch

        images = np.stack([draft.image for draft in drafts if draft.image is not None])
        values = torch.from_numpy(images).permute(0, 3, 1, 2).to(self._model.device)
        values = values.to(self._machine.torch_dtype) / 127.5 - 1.0
        # The autoencoders of Qwen-Image and its like take films; a picture is a film of one frame.
        film = type(self._model).__name__ in _OF_FILMS
        with torch.inference_mode():
            encoded = self._model.encode(values.unsqueeze(2) if film else values)
            latents, sampled = self._latents(encoded, [draft.job.seed for draft in drafts])
            decoded = self._model.decode(latents).sample
        if film:
            decoded = decoded[:, :, 0]
        grey = (decoded.float().clamp(-1.0, 1.0) + 1.0) * 127.5
        pixels = grey.round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return [(np.ascontiguousarray(one), sampled) for one in pixels]

    def _latents(self, encoded: Any, seeds: list[int]) -> tuple[torch.Tensor, bool]:
        import torch

        if not hasattr(encoded, "latent_dist"):
            return encoded.latent if hasattr(encoded, "latent") else encoded.latents, False
        if not self._sample:
            return encoded.latent_dist.mode(), False
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        return encoded.latent_dist.sample(generators), True


_USUAL = 1024
_OF_FILMS = frozenset({"AutoencoderKLQwenImage", "AutoencoderKLWan"})


def _multiple(model: Any) -> int:
    """Pixels along one side of a cell of the latent picture."""
    for name in ("spatial_compression_ratio", "spatial_scale_factor"):
        if hasattr(model, name):
            return int(getattr(model, name))
    config = model.config
    if "temperal_downsample" in config:
        return int(2 ** len(config["temperal_downsample"]))
    channels = config.get("block_out_channels") or config["encoder_block_out_channels"]
    return int(2 ** (len(channels) - 1))
