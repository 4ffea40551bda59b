"""A sack is counted again, blind: what lies in it is scanned without a look at what is recorded. It changes
nothing; where both differ, corrections are proposed to a biller."""
