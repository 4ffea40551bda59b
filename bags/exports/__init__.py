"""Lists as files: exactly what a list shows, all of it, in bounded memory."""
