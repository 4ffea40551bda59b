"""Labels: numbers reserved for sacks and packets, and the sheets they are printed on."""
