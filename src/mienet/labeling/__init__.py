"""What labs label whole recordings with: one file a program, read and written."""
