"""A queue that a device saved to a file when it could send it no more, brought in by an admin."""
