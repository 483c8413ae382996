"""What a page says, on the screen and on paper."""
