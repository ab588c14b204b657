"""What the commands do, one file a command; `flows.cli` holds their options."""
