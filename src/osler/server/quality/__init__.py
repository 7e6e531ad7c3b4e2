"""The quality of the data: what is kept, and what came in that was not right."""
