//! Notices on an API server and a Slack of our own.
