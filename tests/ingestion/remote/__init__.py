"""Sources over a network, against real servers on loopback."""
