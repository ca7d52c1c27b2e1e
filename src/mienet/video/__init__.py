"""How a file or a folder of images becomes frames: upright, square, each with its time."""
