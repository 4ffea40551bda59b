"""Parked codes: texts that were read and are no bag of ours, until a person says what they are."""
