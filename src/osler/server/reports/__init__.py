"""Signed reports, their files, and what is added to them."""
