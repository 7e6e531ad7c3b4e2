"""Say where and why: evidence to regions, measurements and similar cases."""
