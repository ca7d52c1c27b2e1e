"""What may be asked over HTTP, a file for each thing that it is about."""
