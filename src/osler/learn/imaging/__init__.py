"""The bench for every kind of image: pictures, volumes, things that are counted."""
