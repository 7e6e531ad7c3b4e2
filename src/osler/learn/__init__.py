"""The training bench: the only room that needs torch, in the modules that say so."""
