"""Teaches a detector from published shards by a recipe, and goes on exactly where it was killed."""
