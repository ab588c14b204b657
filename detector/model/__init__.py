"""The detector's parts, from the frozen encoders to the verdict and the mask, and how they join."""
