"""Reports: people tell moderators, or the administrators of the instance, what breaks the rules."""
