"""What one process has counted and measured, for Prometheus.

The packages count in plain numbers (`tallies`), which costs next to nothing. Only a request to `/metrics` collects them
(`collecting`), adds the numbers of the sibling processes (`siblings`), and formats them.
"""
