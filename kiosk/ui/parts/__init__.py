"""What several screens share: keypad, big button, health line, banner."""
