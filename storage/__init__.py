"""Bytes in and out: codecs, parts, shards, manifests. Knows `schemas` alone."""
