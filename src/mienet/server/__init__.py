"""The page for the lab: a small web server for one person, a client of the workflows."""
