"""What operations staff look at: is it alive, is it ready, how is it. On a port of its own, which tells no names."""
