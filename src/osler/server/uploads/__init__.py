"""Uploads in parts, that may be broken off and continued."""
