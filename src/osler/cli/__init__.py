"""The terminal door: parsing and printing, one file per command group."""
