"""Django's PostgreSQL backend, for whose web requests nobody waits in vain: a server that is stopped takes
connections and gives no answer, and no time-out of its own can end that."""
