"""The OpenAPI document: what FastAPI reads from the routes, with examples and every error."""
