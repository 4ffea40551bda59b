"""What happened, written once and never edited. Knows no other app."""
