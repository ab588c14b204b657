"""The measured rater: verdicts and rationales from nothing but calibrated measurements."""

from __future__ import annotations

import math

from annotation.calibration import Calibration, Ordinary, scores, surprises
from annotation.measurements import BY_NAME, Measurements
from schemas.annotation import Annotation, Region
from schemas.attributes import ATTRIBUTES, LOW_LEVEL
from schemas.identity import derive_id, unit_interval
from schemas.region_words import place
from schemas.vocabulary import Domain, Mode, RaterKind, Verdict

RATER = "measured"
RATER_VERSION = "1"

_RANGES = {
    Verdict.PRESENT: (
        "nearly all authentic pictures of this kind lie between {low} and {high}",
        "the outer range in authentic pictures of this kind is about {low} to {high}",
        "in authentic pictures of this kind it hardly ever leaves {low} to {high}",
    ),
    Verdict.UNSURE: (
        "most authentic pictures of this kind lie between {low} and {high}, but some lie beyond",
        "the usual range in authentic pictures of this kind is {low} to {high}, with exceptions",
    ),
    Verdict.ABSENT: (
        "most authentic pictures of this kind lie between {low} and {high}",
        "the usual range in authentic pictures of this kind is {low} to {high}",
        "authentic pictures of this kind mostly stay between {low} and {high}",
    ),
}
_LIMITS = {
    Verdict.PRESENT: (
        "nearly all authentic pictures of this kind stay below {high}",
        "the limit in authentic pictures of this kind is about {high}",
        "in authentic pictures of this kind it hardly ever exceeds {high}",
    ),
    Verdict.UNSURE: (
        "most authentic pictures of this kind stay below {high}, but some do not",
        "in authentic pictures of this kind it seldom exceeds {high}, yet it can",
    ),
    Verdict.ABSENT: (
        "most authentic pictures of this kind stay below {high}",
        "in authentic pictures of this kind it seldom exceeds {high}",
        "the usual limit in authentic pictures of this kind is {high}",
    ),
}
_CLOSINGS = {
    Verdict.ABSENT: (
        "That is within the ordinary.",
        "Nothing here is out of the ordinary.",
        "The area fits its surroundings in this respect.",
    ),
    Verdict.UNSURE: (
        "That is unusual, but not enough to decide.",
        "This stays open.",
        "The value alone does not settle the matter.",
    ),
}
_UNMEASURED = (
    "This could not be measured {place}: the area, or what surrounds it, is too small or too "
    "unlike for a comparison."
)
_UNCALIBRATED = "There are too few authentic pictures of this kind to say whether that is unusual."
_SEMANTICS = (
    "Whether the scene makes sense cannot be read from pixel statistics; it needs an understanding "
    "of what is depicted."
)


def judge(
    sample_id: str,
    measurements: Measurements,
    calibration: Calibration,
    domain: Domain,
    region: Region,
) -> tuple[Annotation, ...]:
    """Five rows, one an attribute in the taxonomy's order, for the region that was measured.

    An attribute is present where its score reaches the calibration's limit, unsure in the band
    below it or where nothing could be measured, else absent. Semantics is always unsure. The mode
    is informed, because the rater was shown where to look.
    """
    ordinary = calibration.of(domain)
    found = surprises(measurements, ordinary)
    all_scores = scores(measurements, ordinary)
    rows = []
    for attribute in ATTRIBUTES:
        verdict, score, rationale = Verdict.UNSURE, math.nan, _SEMANTICS
        if attribute.id in LOW_LEVEL:
            score = all_scores[attribute.id]
            verdict = _verdict(score, ordinary, attribute.id)
            own = {name: z for name, z in found.items() if BY_NAME[name].attribute == attribute.id}
            rationale = _rationale(sample_id, verdict, measurements, own, ordinary, region)
        rows.append(
            Annotation(
                annotation_id=derive_id(
                    "annotation", sample_id, RATER, RATER_VERSION, attribute.id
                ),
                sample_id=sample_id,
                rater=RATER,
                rater_kind=RaterKind.MEASURED,
                rater_version=RATER_VERSION,
                mode=Mode.INFORMED,
                attribute=attribute.id,
                verdict=verdict,
                rationale=rationale,
                score=None if math.isnan(score) else round(score, 4),
                region=region,
            )
        )
    return tuple(rows)


def evidence(measurements: Measurements, calibration: Calibration, domain: Domain) -> float:
    """One number for how far the region is out of the ordinary; larger is further, 0 the least.

    The mean surprise of the measurements that could be taken, those on the ordinary side counting
    0: Fisher's way of combining tail probabilities (Statistical Methods for Research Workers,
    1932). A statement about a region that somebody pointed out, not a detector's score.
    """
    found = surprises(measurements, calibration.of(domain)).values()
    return sum(max(0.0, value) for value in found) / len(found) if found else 0.0


def _verdict(score: float, ordinary: Ordinary, attribute: str) -> Verdict:
    limits = ordinary.limits[attribute]
    if math.isnan(score) or limits.present is None or limits.unsure is None:
        return Verdict.UNSURE
    if score >= limits.present:
        return Verdict.PRESENT
    return Verdict.UNSURE if score >= limits.unsure else Verdict.ABSENT


def _rationale(
    sample_id: str,
    verdict: Verdict,
    measurements: Measurements,
    found: dict[str, float],
    ordinary: Ordinary,
    region: Region,
) -> str:
    """The one or two furthest measurements against their ordinary ranges, where they were taken."""
    where = place(region)
    if not found:
        return _UNMEASURED.format(place=where)
    ranked = sorted(found, key=lambda name: (-found[name], name))
    lead = ranked[0]
    limits = ordinary.limits[BY_NAME[lead].attribute]
    opening = f"{where[0].upper()}{where[1:]} {BY_NAME[lead].say(measurements)}"
    if limits.present is None or limits.unsure is None:
        return f"{opening}. {_UNCALIBRATED}"
    sentences = [f"{opening}; {_ordinarily(sample_id, lead, verdict, ordinary)}."]
    if verdict is Verdict.PRESENT:
        for name in ranked[1:2]:
            if found[name] >= limits.present:
                said = BY_NAME[name].say(measurements)
                known = _ordinarily(sample_id, name, verdict, ordinary)
                sentences.append(f"Also, {said}; {known}.")
    else:
        sentences.append(_choose(_CLOSINGS[verdict], sample_id, lead, "closing"))
    return " ".join(sentences)


def _ordinarily(sample_id: str, name: str, verdict: Verdict, ordinary: Ordinary) -> str:
    measurement = BY_NAME[name]
    low, high = ordinary.range(name, verdict)
    forms = (_LIMITS if measurement.tail == "high" else _RANGES)[verdict]
    form = _choose(forms, sample_id, name, "range")
    return form.format(low=measurement.show(low), high=measurement.show(high))


def _choose(forms: tuple[str, ...], *parts: str) -> str:
    return forms[int(unit_interval("phrase", *parts) * len(forms))]
