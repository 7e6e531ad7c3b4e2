"""Osler: an open diagnostic assistant for hospitals. It assists; the doctor decides."""
