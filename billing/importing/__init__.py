"""Files that bring sacks onto bills."""
