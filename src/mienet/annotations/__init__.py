"""What people write about videos: labeled clips from lists, folders, published datasets."""
