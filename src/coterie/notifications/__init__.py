"""What one wants to be told of, and the inbox of what called one."""
