"""From a recording to its timeline: probabilities over time, and the phases that they mean."""
