"""The trail: one hash chain a workstation, one for the service's own acts, signed checkpoints over all of them.

``event`` what is written · ``writer`` appends in the transaction of the decision · ``evidence`` what makes a row
checkable years later · ``checkpoint`` signs the heads · ``verify`` and ``signatures`` read it all again · ``export``.
"""
