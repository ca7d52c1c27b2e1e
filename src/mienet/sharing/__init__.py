"""Models on a hub: what is pushed and pulled, and the card that says what a model is."""
