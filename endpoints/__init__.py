"""Paid endpoints: a ledger of what was bought, a budget, rate limits, prices, a local server."""
