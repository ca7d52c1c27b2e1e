"""What people write about videos: labelled clips from lists, folders, published datasets."""
