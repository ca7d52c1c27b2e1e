"""What people write about videos: labeled clips, and when what happens in whole videos."""
