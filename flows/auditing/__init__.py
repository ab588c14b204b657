"""What the audit of a set that others made needs: labels, groups, features of every file."""
