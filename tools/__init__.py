"""Scripts of whoever works on the project: they make pages and pictures in docs/, and measure them. Not installed."""
