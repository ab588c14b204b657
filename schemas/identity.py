"""Ids and seeds by hashing what a thing is made of, so that they never depend on order or time."""

from __future__ import annotations

import hashlib
import json


def canonical_json(value: object) -> str:
    """One spelling for equal values: sorted keys, no spaces, no NaN, non-ASCII kept."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(*parts: object) -> str:
    """SHA-256 (64 hex digits) over the canonical JSON of `parts`; bytes enter by their own."""
    plain = [hash_bytes(part) if isinstance(part, bytes) else part for part in parts]
    return hash_bytes(canonical_json(plain).encode())


def hash_bytes(data: bytes) -> str:
    """SHA-256 of `data` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def derive_id(kind: str, *parts: object) -> str:
    """A stable id of 20 hex digits (80 bits) behind a one-word kind: `job-3f…`."""
    return f"{kind}-{digest(kind, *parts)[:20]}"


def derive_seed(*parts: object) -> int:
    """A stable seed in [0, 2**63) for `numpy.random.default_rng` and torch generators alike."""
    return int(digest("seed", *parts)[:16], 16) >> 1


def unit_interval(*parts: object) -> float:
    """A stable number in [0, 1), uniform over differing `parts`: for quotas and tie-breaks."""
    return int(digest("unit", *parts)[:13], 16) / float(1 << 52)
