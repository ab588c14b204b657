"""Documents with invented data, typeset and then photographed or scanned in software."""

from sources.rendered.documents import RenderedDocuments

__all__ = ["RenderedDocuments"]
