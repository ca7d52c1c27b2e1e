"""From a path to the clips that a network sees; knows no networks."""
