"""The words printed on documents, one module a language, all with the same keys.

In sentences `{date}` lies before the day of the letter and `{coming}` after it.
"""
