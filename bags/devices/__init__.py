"""What devices tell of themselves, and what the record tells of them."""
