"""The conflict desk: offline scans that could not be recorded as they were meant, until a person decides."""
