"""What can go wrong between us and Label Studio."""

from __future__ import annotations

from schemas.errors import CounterfoilError


class ReviewError(CounterfoilError):
    """Label Studio could not be installed, started, reached or understood."""


class ServerUnreachable(ReviewError):
    """The server did not answer, or answered that it is in trouble; asking again may help."""
