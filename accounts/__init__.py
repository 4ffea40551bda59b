"""People, areas, roles and sessions."""
