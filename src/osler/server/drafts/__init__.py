"""Drafts: what was made of a study, its preview, and the signature under it."""
