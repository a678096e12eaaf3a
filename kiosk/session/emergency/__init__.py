"""Emergency access at the workstation: asked for at the lock screen, then a workspace of the station's own."""
