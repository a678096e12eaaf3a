"""What the service says where something is unusual."""

from __future__ import annotations

UNUSUAL = (
    ("", "Asked because: This workstation is in another part of the network. A badge or key of yours was lost."),
    ("es", "Motivo: Este puesto está en otra parte de la red. Se perdió una tarjeta o llave suya."),
    ("fr", "Motif : Ce poste est dans une autre partie du réseau. Un badge ou une clé à vous a été perdu."),
)
"""What the service says of risk, about as long as it gets."""
