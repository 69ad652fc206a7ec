"""The requests of endpoints: who answers each, and the metrics that come of them.

Requests are real ones of InvokeEndpoint or a scenario's traffic, which is only counted. Both are
in the same metrics, published at each full minute. Nothing is random.
"""
