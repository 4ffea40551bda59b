"""Bills on paper and in spreadsheets, and what all our papers share: fonts, text, page frame."""
