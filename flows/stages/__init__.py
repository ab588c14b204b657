"""The stages of a build as plain functions; Prefect only calls them."""
