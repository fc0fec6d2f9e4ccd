"""Several processes that answer as one: who starts them, and what they share."""
