"""What accounts use, and their limits."""
