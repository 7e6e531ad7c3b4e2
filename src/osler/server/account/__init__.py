"""Signing in and out, passwords, tokens: what is one's own."""
