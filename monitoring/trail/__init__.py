"""The audit log as admins look at it: searched, one entry, one thing's history, exported with its proof."""
