"""The web door: ``osler serve``. One folder per resource; the rooms behind it do the work."""
