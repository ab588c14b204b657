"""The baselines by name: what a detector's figures are to be held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from schemas.errors import CounterfoilError, MissingExtraError

if TYPE_CHECKING:
    from detector.baselines.training_set import Pictures, Progress
    from detector.evaluation.contract import Predictor

_OPTIONAL = frozenset({"torch", "transformers", "safetensors"})


class Fit(Protocol):
    """Fits one baseline. `argument` is what stands behind `=`, "" where nothing does."""

    def __call__(
        self,
        argument: str,
        train: Pictures,
        *,
        seed: int,
        cache: Path | None,
        progress: Progress | None,
    ) -> Predictor:
        """Heavy libraries are imported when it is called."""
        ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """How a baseline is asked for (`usage`), what it is, and what makes it.

    `arguments`: what may stand behind `=`, "" for nothing; None where something must, whatever it
    is.
    """

    usage: str
    description: str
    fit: Fit
    arguments: tuple[str, ...] | None = ("",)


def baseline_named(spec: str) -> tuple[Baseline, str]:
    """The baseline that `spec`, `name` or `name=argument`, asks for, and the argument.

    Loads nothing. Raises `CounterfoilError` for an unknown one, naming the known ones, and for an
    argument that it cannot use.
    """
    name, separator, argument = spec.partition("=")
    baseline = BASELINES.get(name)
    if baseline is None:
        known = ", ".join(one.usage for one in BASELINES.values())
        raise CounterfoilError(f"there is no baseline {name!r}; known: {known}")
    if separator and not argument:
        raise CounterfoilError(f"{spec!r} has nothing behind '='; write {baseline.usage}")
    if baseline.arguments is None and not argument:
        raise CounterfoilError(f"{name} needs an argument; write {baseline.usage}")
    if baseline.arguments is not None and argument not in baseline.arguments:
        raise CounterfoilError(f"{name} takes no {argument!r}; write {baseline.usage}")
    return baseline, argument


def fit_baseline(
    spec: str,
    train: Pictures,
    *,
    seed: int,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Predictor:
    """Fit the baseline that `spec` asks for (see `BASELINES`).

    train: gives a fresh iterator over the same training pictures, in the same order, at each call;
    two may be in use at once. Labels and groups are read from them. cache: a folder where features
    and trained weights are kept, so that what was broken off is not computed again. progress: told
    (done, of how many). Of equal arguments come equal predictions, bit by bit on a CPU with the
    same number of threads. All are fitted with both classes weighing the same, so that 0.5 lies
    midway between them whatever their shares.

    Raises `CounterfoilError` for an unknown baseline or an argument that it cannot use,
    `MissingExtraError` where torch or transformers is not installed, and `DatasetError` for
    pictures that nothing can be learnt from.
    """
    baseline, argument = baseline_named(spec)
    try:
        return baseline.fit(argument, train, seed=seed, cache=cache, progress=progress)
    except ModuleNotFoundError as error:
        if error.name not in _OPTIONAL:
            raise
        raise MissingExtraError("detector", error.name, f"The baseline {spec}") from error


def _side_information(
    argument: str, train: Pictures, *, seed: int, cache: Path | None, progress: Progress | None
) -> Predictor:
    from detector.baselines.side_information import fit_side_information

    del argument, cache
    return fit_side_information(train, name="side_information", seed=seed, progress=progress)


def _residuals(
    argument: str, train: Pictures, *, seed: int, cache: Path | None, progress: Progress | None
) -> Predictor:
    from detector.baselines.linear_probe import fit_linear_probe
    from detector.probes.residuals import Residuals

    del argument
    return fit_linear_probe(
        train, Residuals(), name="residuals", seed=seed, cache=cache, progress=progress
    )


def _npr(
    argument: str, train: Pictures, *, seed: int, cache: Path | None, progress: Progress | None
) -> Predictor:
    from detector.baselines.npr import PUBLISHED, SMALL, fit_npr

    return fit_npr(
        train,
        name=f"npr-{argument}" if argument else "npr",
        options=SMALL if argument else PUBLISHED,
        seed=seed,
        cache=cache,
        progress=progress,
    )


def _unifd(
    argument: str, train: Pictures, *, seed: int, cache: Path | None, progress: Progress | None
) -> Predictor:
    from detector.baselines.clip_embedding import ClipEmbedding
    from detector.baselines.linear_probe import fit_linear_probe

    return fit_linear_probe(
        train,
        ClipEmbedding(argument),
        name=f"unifd-{Path(argument).name}",
        seed=seed,
        cache=cache,
        progress=progress,
    )


BASELINES: Mapping[str, Baseline] = MappingProxyType(
    {
        "side_information": Baseline(
            "side_information",
            "Boosted trees on what is known without looking: the sides, the length of the file, "
            "the codec's and the container's fields. Chance, in a set that is free of shortcuts.",
            _side_information,
        ),
        "residuals": Baseline(
            "residuals",
            "Logistic regression on statistics of high-pass residuals, after Fridrich & Kodovský "
            "2012; needs no weights and little time.",
            _residuals,
        ),
        "npr": Baseline(
            "npr[=small]",
            "NPR (Tan et al. 2024): what nearest-neighbour resampling takes from a picture, and a "
            "short ResNet-50 trained from scratch; `small` has a quarter of its width, for CPUs.",
            _npr,
            ("", "small"),
        ),
        "unifd": Baseline(
            "unifd=CHECKPOINT",
            "UniFD (Ojha, Li & Lee 2023): logistic regression on a frozen CLIP's embedding of the "
            "middle of each picture; any CLIP on the Hugging Face Hub, or a folder.",
            _unifd,
            None,
        ),
    }
)
"""All baselines, by the name that a specification begins with."""
