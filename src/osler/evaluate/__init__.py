"""Is it any good? Figures of arrays, each with its interval."""
