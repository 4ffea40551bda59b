"""Numbers, health and checks. Reads all, is imported by none."""
