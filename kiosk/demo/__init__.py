"""The whole thing on one machine: starts and stops everything, clickable plastic, the scripted tour."""
