"""Published sets in the forms that others train on."""

from __future__ import annotations

from annotation.exports.conversations import export_conversations
from annotation.exports.mmfr import export_mmfr
from annotation.exports.questions import export_questions
from annotation.exports.rows import Exported, Rows, published_rows

__all__ = [
    "Exported",
    "Rows",
    "export_conversations",
    "export_mmfr",
    "export_questions",
    "published_rows",
]
