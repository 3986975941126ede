"""What each account uses in a period, and how much of it an operator allows."""
