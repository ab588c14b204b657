"""Writes the card of a published set: README.md for people and hubs, with figures beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from statistics import median
from typing import Any

import yaml
from pydantic import ValidationError

from dataset_cards.agreement import SUBJECTS, read_agreement
from dataset_cards.contact_sheet import contact_sheet
from dataset_cards.figures import CHARTS
from dataset_cards.limits import known_limits
from dataset_cards.mask_report import MASK_CHARTS, mask_section
from dataset_cards.outcome_figures import drawn_raters
from dataset_cards.shortcut_report import render_shortcut_report
from dataset_cards.statistics import Statistics, statistics
from dataset_cards.template import environment
from dataset_cards.thresholds import thresholds
from schemas.agreement import EVERYWHERE
from schemas.attributes import ATTRIBUTES, TAXONOMY_VERSION, WHOLE
from schemas.errors import DatasetError
from schemas.features import COLUMNS
from schemas.identity import hash_bytes
from schemas.manifest import Manifest
from schemas.mask_audit import MaskAudit
from schemas.recipe import Recipe
from schemas.shortcuts import AuditedSet
from schemas.vocabulary import OPERATIONS, Domain, RaterKind, Scope
from storage.files import write_bytes
from storage.published import DEFAULT_CONFIG, PublishedSet

_TEMPLATE = "card.md.j2"
_CARD = "README.md"
_SHEET = "figures/contact_sheet.jpg"
_SHORTCUTS = "shortcuts.html"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MOST_CREDITS = 200
LEAST_OVERLAP = 0.1
"""A place that a text points at hits the change from this intersection over union on."""


def write_card(published: PublishedSet, masks: MaskAudit | None = None) -> dict[str, str]:
    """Write README.md, figures/ and shortcuts.html into the set's folder; SHA-256 of each by path.

    `masks`: the audit of its masks, where it has any. Equal sets get equal bytes. The manifest is
    left to the caller.
    """
    counted = statistics(published)
    manifest = published.manifest
    audited = AuditedSet(
        name=str(manifest.recipe["name"]),
        labels="Labels: the column label.",
        groups="Groups: the column group_id; no group is on both sides of a fold.",
    )
    files = {
        f"figures/{chart.name}.png": chart.draw(counted, published.manifest)
        for chart in CHARTS
        if chart.applies(counted, published.manifest)
    }
    if _has_sheet(counted):
        files[_SHEET] = contact_sheet(published)
    if masks is not None:
        files |= {f"figures/{chart.name}.png": chart.draw(masks) for chart in MASK_CHARTS}
    files[_SHORTCUTS] = render_shortcut_report(manifest.audit, audited).encode()
    files[_CARD] = _render(published, counted, masks).encode()
    for path, data in files.items():
        write_bytes(published.folder / path, data)
    return {path: hash_bytes(files[path]) for path in sorted(files)}


def render_card(published: PublishedSet, masks: MaskAudit | None = None) -> str:
    """The text of README.md. It links to the figures that `write_card` writes."""
    return _render(published, statistics(published), masks)


def _render(published: PublishedSet, counted: Statistics, masks: MaskAudit | None) -> str:
    manifest = published.manifest
    try:
        recipe = Recipe.model_validate(manifest.recipe)
    except ValidationError as error:
        raise DatasetError(
            f"The recipe in {published.folder}/manifest.json is not one of this version: {error}"
        ) from error
    title = recipe.publish.title or recipe.name
    limited, limits_by_domain = thresholds(manifest.rater)
    template = environment().get_template(_TEMPLATE)
    return template.render(
        header=_yaml(_header(counted, manifest, recipe, title)),
        title=title,
        recipe=recipe,
        recipe_yaml=_yaml(recipe.model_dump(mode="json", exclude_defaults=True)),
        folders=any(source.kind == "folder" for source in recipe.sources),
        manifest=manifest,
        counted=counted,
        configs=_configs(manifest),
        default=DEFAULT_CONFIG,
        charts={c.name: c.alt for c in CHARTS if c.applies(counted, manifest)},
        sheet=_SHEET if _has_sheet(counted) else None,
        shortcuts=_SHORTCUTS,
        masks=mask_section(masks) if masks else "",
        operations=OPERATIONS,
        operation_names=list(dict.fromkeys(made.operation for made in counted.made)),
        generators=sorted({made.generator for made in counted.made}),
        median=median,
        columns=COLUMNS,
        attributes=ATTRIBUTES,
        taxonomy=TAXONOMY_VERSION,
        rates_whole=any(one.attribute == WHOLE for one in counted.rated),
        **_judging(counted, manifest),
        limited=limited,
        thresholds=limits_by_domain,
        evidence=_evidence(manifest),
        limits=known_limits(counted, manifest, recipe),
        credits=list(counted.credits.items())[:_MOST_CREDITS],
        more_credits=max(0, len(counted.credits) - _MOST_CREDITS),
    )


def _judging(counted: Statistics, manifest: Manifest) -> dict[str, Any]:
    """What the sections about raters, their agreement and their texts show."""
    agreement = read_agreement(manifest)
    rated_texts = {figures.rater for figures in manifest.texts}
    return {
        "agreement": agreement,
        "undrawn": len(counted.raters) - len(drawn_raters(counted)),
        "subjects": SUBJECTS,
        "any_fleiss": agreement is not None
        and any(one.fleiss for one in agreement.figures if one.slice == EVERYWHERE),
        "forms": [
            rater.name
            for rater in counted.raters
            if rater.kind == RaterKind.MEASURED and rater.name in rated_texts
        ],
        "judged_texts": any(figures.judged or figures.swapped for figures in manifest.texts),
        "least_overlap": LEAST_OVERLAP,
    }


def _has_sheet(counted: Statistics) -> bool:
    return any(made.areas for made in counted.made) or Scope.FULL in counted.scopes


def _header(counted: Statistics, manifest: Manifest, recipe: Recipe, title: str) -> dict[str, Any]:
    """The YAML that hubs and `datasets` read. The features stand in the shards themselves."""
    rows = counted.total.rows
    licence = recipe.publish.licence.lower()
    header: dict[str, Any] = {"pretty_name": title, "license": licence}
    if licence == "other":
        header["license_name"] = "see-the-card"
    subjects = {
        Domain.DEEPFAKE: "deepfake-detection",
        Domain.DOCUMENT: "document-forensics",
        Domain.AIGC: "generated-image-detection",
    }
    header |= {
        "task_categories": ["image-classification", "image-segmentation", "image-text-to-text"],
        "tags": [
            "counterfoil",
            "image-forensics",
            "forgery-detection",
            "forgery-localization",
            *(tag for domain, tag in subjects.items() if domain in counted.by_domain),
        ],
        "size_categories": [next((name for most, name in _SIZES if rows < most), "n>1M")],
        "configs": [
            {
                "config_name": config,
                "data_files": [
                    {"split": split, "path": path} for split, (_, path) in splits.items()
                ],
            }
            for config, splits in _configs(manifest).items()
        ],
    }
    return header


def _configs(manifest: Manifest) -> dict[str, dict[str, tuple[int, str]]]:
    """(rows, pattern of the shards' paths) by config and split."""
    configs: dict[str, dict[str, tuple[int, str]]] = {}
    for shard in manifest.shards:
        splits = configs.setdefault(shard.config, {})
        rows, _ = splits.get(shard.split, (0, ""))
        folder = PurePosixPath(shard.path).parent
        splits[shard.split] = (rows + shard.rows, f"{folder}/{shard.split}-*.parquet")
    return configs


def _evidence(manifest: Manifest) -> list[tuple[str, float]]:
    """The rater's AUC by operation, best first, what is no operation (all together) at the end."""
    found = manifest.rater.evidence_auc if manifest.rater else {}
    return sorted(found.items(), key=lambda item: (item[0] == "all", -item[1], item[0]))


def _yaml(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, width=100)
