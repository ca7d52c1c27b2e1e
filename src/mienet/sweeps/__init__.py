"""Many trainings as one experiment: what varies, which videos are held out, what came out."""
