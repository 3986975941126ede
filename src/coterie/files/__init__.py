"""Files: what messages carry, and the pictures of accounts, servers and emoji."""
