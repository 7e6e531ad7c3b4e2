"""The page that says what runs here, and the documentation of the API, without a network."""
