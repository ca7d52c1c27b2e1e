"""Other runtimes for a trained model."""
