"""The bench for models of the record: additive models of a table, chosen, checked and packed."""
