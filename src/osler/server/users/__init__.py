"""Users: who may do what."""
