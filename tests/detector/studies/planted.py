"""Material with a planted structure: which operations share a trace is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detector.studies.material import Material

WIDTH = 12


def planted(
    traces: Mapping[str, int],
    fakes: Mapping[str, int] | int,
    seed: int,
    *,
    gap: float = 2.5,
    domains: Mapping[str, str] | None = None,
    models: Mapping[str, str] | None = None,
    per_group: int = 4,
) -> Material:
    """Forgeries of each operation, shifted by `gap` along the axis `traces` names; -1: not at all.

    As many real pictures in each domain as there are forgeries at home in it.
    """
    rng = np.random.default_rng(seed)
    where = domains or {}
    value, home, fake = [], [], []
    for name, _ in sorted(traces.items()):
        count = fakes if isinstance(fakes, int) else fakes[name]
        domain = where.get(name, "natural")
        value += [name] * count + [""] * count
        home += [domain] * (2 * count)
        fake += [True] * count + [False] * count
    features = rng.normal(0, 1, (len(value), WIDTH))
    for place, name in enumerate(value):
        if name and traces[name] >= 0:
            features[place, traces[name]] += gap
    names = np.array(value)
    return Material(
        features=features.astype(np.float32),
        fake=np.array(fake),
        group=(np.arange(len(value)) // per_group).astype(np.intp),
        value=names,
        home=np.array(home),
        domain=np.array(home),
        operation=names,
        model=np.array([(models or {}).get(name, "") for name in value]),
    )
