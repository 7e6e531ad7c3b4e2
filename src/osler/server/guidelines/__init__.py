"""What the guidelines hold."""
