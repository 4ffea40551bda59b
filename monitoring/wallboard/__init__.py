"""The wallboard: big figures for a TV, opened by a link with a token instead of a session."""
