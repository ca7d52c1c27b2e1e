"""Computer-synthetic videos of the standing long jump, for the demo and the tests."""
