class ServiceError(Exception):
    """A private server cannot do what was asked: what happened, what is safe, what to do next."""
