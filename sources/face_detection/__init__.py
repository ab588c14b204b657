"""Detectors of faces, each behind one function: Haar cascades, YuNet, insightface."""
