"""What raters and their judges are shown and told."""
