"""Finer cues under the forgery attributes: what exactly is wrong, by the field of knowledge.

A recipe switches families of them on. A rater then may name, beside its verdict on an attribute,
those of its cues that it sees. The attributes' own `cues` are examples for everybody; these are ids
that rows can be counted by.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.vocabulary import Domain


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing that can be seen. `domains`: pictures that it makes sense for, all where empty."""

    id: str
    family: str
    attribute: str
    text: str
    domains: tuple[Domain, ...] = ()

    def fits(self, domain: Domain) -> bool:
        """Whether it can be asked about in a picture of this domain."""
        return not self.domains or domain in self.domains


_SCENES = (Domain.NATURAL, Domain.DEEPFAKE, Domain.AIGC)

CUES: tuple[Cue, ...] = (
    Cue(
        "light_direction",
        "light",
        "lighting",
        "two objects are lit from directions that no one arrangement of lamps explains",
        _SCENES,
    ),
    Cue(
        "shadow_missing",
        "light",
        "lighting",
        "an object that stands in the light casts no shadow, or one of another shape",
        _SCENES,
    ),
    Cue(
        "colour_cast",
        "light",
        "lighting",
        "a region has another white balance, exposure or contrast than what lies around it",
    ),
    Cue(
        "catchlights",
        "reflection",
        "lighting",
        "the highlights in two eyes, or on two glossy things, show different lamps",
        _SCENES,
    ),
    Cue(
        "mirror_image",
        "reflection",
        "semantics",
        "a mirror, window or water shows something else than what stands before it",
        _SCENES,
    ),
    Cue(
        "halo",
        "boundary",
        "edges",
        "a bright, dark or coloured fringe runs along the outline of one object only",
    ),
    Cue(
        "cut_edge",
        "boundary",
        "edges",
        "an outline is hard or stepped where others at its distance are soft",
    ),
    Cue(
        "feathered_edge",
        "boundary",
        "edges",
        "an outline dissolves into its surroundings where others are crisp",
    ),
    Cue(
        "face_seam",
        "boundary",
        "edges",
        "skin changes its tone or grain along the jaw, the hairline or the cheeks",
        (Domain.DEEPFAKE,),
    ),
    Cue(
        "noise_level",
        "noise",
        "texture",
        "the grain of one region is weaker or stronger than at equal brightness elsewhere",
    ),
    Cue(
        "noise_pattern",
        "noise",
        "texture",
        "the grain of one region is smoothed, blotchy or of a regular pattern",
    ),
    Cue(
        "cloned_patch",
        "repetition",
        "texture",
        "the same patch occurs twice, flaws included, also turned, mirrored or scaled",
    ),
    Cue(
        "tiled_texture",
        "repetition",
        "texture",
        "foliage, fabric, a crowd or a wall repeats at equal distances without being made so",
        _SCENES,
    ),
    Cue(
        "waxy_surface",
        "material",
        "texture",
        "skin, hair, fur or cloth lacks its fine structure and looks waxy or painted",
        _SCENES,
    ),
    Cue(
        "melted_detail",
        "material",
        "texture",
        "small things in the background melt into one another when looked at closely",
        _SCENES,
    ),
    Cue(
        "block_grid",
        "compression",
        "quality",
        "the blocks of JPEG are stronger, weaker or shifted in one region",
    ),
    Cue(
        "smear",
        "compression",
        "quality",
        "details end in smears, ringing or false colours in one region only",
    ),
    Cue(
        "resampled",
        "resolution",
        "quality",
        "a region is soft or stepped as by enlargement while its neighbours are sharp",
    ),
    Cue(
        "uneven_focus",
        "resolution",
        "quality",
        "things at one distance from the camera are not equally sharp",
        _SCENES,
    ),
    Cue(
        "hands_and_limbs",
        "anatomy",
        "semantics",
        "fingers, limbs or joints are of a wrong number, length or direction",
        _SCENES,
    ),
    Cue(
        "face_parts",
        "anatomy",
        "semantics",
        "teeth, ears, pupils or glasses are uneven, doubled or run into the skin",
        _SCENES,
    ),
    Cue(
        "head_pose",
        "anatomy",
        "semantics",
        "the face does not sit on its head, or the head on its neck",
        (Domain.DEEPFAKE, Domain.AIGC),
    ),
    Cue(
        "floating",
        "physics",
        "semantics",
        "something floats, leans or hangs without a support that could hold it",
        _SCENES,
    ),
    Cue(
        "interpenetration",
        "physics",
        "semantics",
        "two solid things pass through one another, or end where nothing covers them",
        _SCENES,
    ),
    Cue(
        "scale",
        "perspective",
        "semantics",
        "something is too large or too small for where it stands",
        _SCENES,
    ),
    Cue(
        "vanishing_lines",
        "perspective",
        "semantics",
        "parallel edges of buildings, floors or pages run to different points",
    ),
    Cue(
        "no_letters",
        "text",
        "semantics",
        "signs look like writing and are no letters, or letters are deformed",
    ),
    Cue(
        "type_mismatch",
        "text",
        "edges",
        "typeface, weight, size or ink of some characters differs from their line",
        (Domain.DOCUMENT,),
    ),
    Cue(
        "baseline",
        "text",
        "edges",
        "characters leave the line, or their spacing differs from their neighbours'",
        (Domain.DOCUMENT,),
    ),
    Cue(
        "paper_break",
        "text",
        "texture",
        "paper grain, ruling or print beneath is interrupted around some characters",
        (Domain.DOCUMENT,),
    ),
    Cue(
        "sums_and_dates",
        "logic",
        "semantics",
        "sums, dates, names or numbers contradict one another",
        (Domain.DOCUMENT,),
    ),
    Cue(
        "odd_company",
        "logic",
        "semantics",
        "things stand together that do not occur in one place, time or season",
        _SCENES,
    ),
)

CUES_BY_ID: dict[str, Cue] = {cue.id: cue for cue in CUES}
CUE_FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(cue.family for cue in CUES))


def cues_of(families: tuple[str, ...], domain: Domain) -> tuple[Cue, ...]:
    """The cues of these families that fit a picture of `domain`, in the order of `CUES`."""
    return tuple(cue for cue in CUES if cue.family in families and cue.fits(domain))
