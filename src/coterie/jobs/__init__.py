"""Durable jobs: work that outlives the process that began it, and that any process finishes."""
