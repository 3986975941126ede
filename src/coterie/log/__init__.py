"""The log: an ordered history without gaps for each topic. `append` states the invariant."""
