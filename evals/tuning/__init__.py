"""How the weights of the learned ranking were found, and what they are worth."""
