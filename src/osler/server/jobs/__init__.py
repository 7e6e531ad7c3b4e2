"""Jobs: what waits, what is at work, what ended badly."""
