//! What works around the API server in a real cluster.
