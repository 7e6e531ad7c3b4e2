"""Other people's models, brought in as packages."""
