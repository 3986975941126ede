"""The live doors over the log."""
