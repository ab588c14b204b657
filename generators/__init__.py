"""One file a family of forgers, the contract they keep, the registry, the conformance kit."""
