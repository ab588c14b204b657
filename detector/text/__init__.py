"""What a detector is asked, how its answers are taught, and how both become tokens."""
