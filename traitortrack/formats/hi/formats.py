"""Days and times as our own pages write them, so that the Django admin writes them alike."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
