"""The words printed on documents, one module a language, all with the same keys."""
