"""What a workspace prints, and how: a gate of its own in front of the station's CUPS (decision 34).

``door`` is the stage's end; ``main`` a process a workspace, which reads what its programs ask (``web``, ``ipp``), makes
of it what may be asked (``gate``, ``asked``, ``wishes``, ``paper``, ``budget``, ``shown``), and asks that
(``upstream``).
"""
