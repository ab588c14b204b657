"""The conformance kit: does a generator, ours or a stranger's, keep the contract?"""

from generators.conformance.kit import Finding, check

__all__ = ["Finding", "check"]
