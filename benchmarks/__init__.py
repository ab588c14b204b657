"""Measurements that figures in the documents come from; each prints one line of ratios last."""
