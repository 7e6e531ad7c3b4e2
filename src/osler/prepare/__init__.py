"""Make it measurable: geometry, intensity and quality."""
