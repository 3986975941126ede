"""What one server process works with: created, started and stopped in one place."""
