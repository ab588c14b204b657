"""What a detector failed on, and which forgeries to make more of."""
