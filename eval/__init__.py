"""Batch evaluation: data sets, metrics, reports. Write `from eval.metrics import …`."""
