"""Series and instances: lists, bytes, frames, and what a window shows."""
