"""What one process has counted and how it does, for Prometheus.

The rooms count in plain numbers (`tallies`), which cost next to nothing; only when somebody asks at `/metrics` are they
put together (`collecting`), with what the sibling processes say of themselves (`siblings`), and written down.
"""
