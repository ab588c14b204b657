"""Published shards as training data: pictures by offset, orders by seed, batches by worker."""
