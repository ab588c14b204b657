"""Forges with the pipelines of diffusers: one adaptor a task, a checkpoint by configuration."""

from generators.diffusion.edit import Edit
from generators.diffusion.inpaint import Inpaint
from generators.diffusion.reconstruct import Reconstruct
from generators.diffusion.text_to_image import TextToImage
from generators.diffusion.variation import Variation

__all__ = ["Edit", "Inpaint", "Reconstruct", "TextToImage", "Variation"]
