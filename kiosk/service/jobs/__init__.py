"""What the service does by itself: housekeeping, signing the trail's heads, alarms, delivery of messages."""
