"""Multimodal language models as raters: what they are asked, and what is made of their answers."""
