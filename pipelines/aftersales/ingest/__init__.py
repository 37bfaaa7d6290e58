"""Bytes in, raw tables out: sniff, decode, find the header, count, load, reconcile."""
