"""A small policy-gradient learner that reads chat messages and calls tools: numpy, and no model of language."""
