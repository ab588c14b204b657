"""What stands at the top of every document that is written from the code."""

NOTE = "<!-- Written by `make docs` from the code; edit the code instead. -->\n"
