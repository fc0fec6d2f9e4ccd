"""One answer in many dialects: pure functions from events and answers to what front ends read."""
