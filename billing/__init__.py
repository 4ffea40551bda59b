"""Bills made of bags."""
