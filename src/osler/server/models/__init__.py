"""Model packages: cards, and the state of each at this site."""
