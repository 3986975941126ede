"""Users who delete their own account: they ask, can change their mind for 14 days, and then it is deleted."""
