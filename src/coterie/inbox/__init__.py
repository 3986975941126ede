"""What called one and answered one, wherever one may look, newest first."""
