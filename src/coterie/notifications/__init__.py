"""What users want to be notified of."""
