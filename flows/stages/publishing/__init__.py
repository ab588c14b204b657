"""What goes into which shard, and what the card says of it."""
