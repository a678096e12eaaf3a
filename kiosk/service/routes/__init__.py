"""The HTTP doors, one file a topic. They parse, call one ceremony, answer."""
