"""What forging needs of the plan and of the sources."""
