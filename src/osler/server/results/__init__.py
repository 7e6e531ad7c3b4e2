"""The result of a study, as it stands."""
