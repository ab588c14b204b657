"""Documents that list options, columns, commands and generators, written from the code."""
