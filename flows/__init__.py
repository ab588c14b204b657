"""The order of the work: thin Prefect flows and the command line. Nothing imports it."""
