"""Reviews: what people make of findings, one act at a time."""
