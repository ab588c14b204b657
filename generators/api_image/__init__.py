"""Forgeries by image models behind an API: text to image, instructed edits, inpainting."""

from generators.api_image.generators import ApiEdit, ApiGenerate, ApiInpaint

__all__ = ["ApiEdit", "ApiGenerate", "ApiInpaint"]
