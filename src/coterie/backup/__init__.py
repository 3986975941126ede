"""Backups: made while Coterie runs, verified, and restored into an empty database and file storage."""
