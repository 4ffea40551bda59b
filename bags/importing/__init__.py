"""Files that bring many bags at once: checked as a whole, applied all or nothing, taken back as a whole."""
