"""Image in, payload text out."""
