"""Data sets as things of their own: looked at, checked, split and written down."""
