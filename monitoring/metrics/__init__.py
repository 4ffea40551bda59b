"""What Prometheus is told: counted in each web process, added up over all of them when it is asked."""
