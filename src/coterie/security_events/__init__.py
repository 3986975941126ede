"""Security events: who logged in, what failed, and what was changed about accounts, for the whole instance."""
