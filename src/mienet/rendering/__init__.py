"""What people look at: pictures, pages, videos."""
