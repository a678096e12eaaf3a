"""What a workstation may do by itself while the service is away, and how it is written down.

``ticket`` whom the service said may be believed · ``kept`` those tickets on disk · ``station_time`` a clock that does
not go back · ``desk`` a person's key checked against their ticket (``checking``) · ``journal`` what happened meanwhile,
signed. It knows no network and no screen; its errors are in ``errors``.
"""
