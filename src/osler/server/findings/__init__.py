"""Findings of a draft, those of models and those of people."""
