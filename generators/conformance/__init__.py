"""The conformance kit: does a generator, ours or a stranger's, keep the contract?"""

from generators.conformance.finding import Finding
from generators.conformance.kit import check

__all__ = ["Finding", "check"]
