"""Facts: one row per state of a business event, with named booleans, in one currency and zone."""
