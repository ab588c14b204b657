"""Face forgers: a face blended with itself, swapped by landmarks, swapped by a network."""
