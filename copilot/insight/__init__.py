"""What the desk's own figures say: measures with their doubt, and rises told within the hour."""
