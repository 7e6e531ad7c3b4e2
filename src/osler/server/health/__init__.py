"""Is it alive, is it ready, how busy is it."""
