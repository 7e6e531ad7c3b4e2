"""Run models on it: packages, gates, scores."""
