"""What is wrong with data, and what is in it."""
