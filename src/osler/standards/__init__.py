"""The formats of the outside world, to values of clinical and back."""
