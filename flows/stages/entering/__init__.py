"""What decides which pictures enter the set, in which group, split and encoding."""
