"""The HTTP face of the service: schemas and one router per kind of request."""
