"""The log: an ordered, gapless history for each topic. `append` states the invariant."""
