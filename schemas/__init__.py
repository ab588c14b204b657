"""The contracts as data. Ground floor: imports nothing else of the project."""
