"""Studies: lists, one by one, complete or not."""
