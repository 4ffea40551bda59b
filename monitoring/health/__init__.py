"""How the system fares: items that are ok, warn or bad, for admins, probes and Prometheus."""
