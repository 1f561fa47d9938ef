//! A Deployment.

use std::sync::Arc;

use serde_json::Value;

use super::read::{is_terminating, number, text};

/// A Deployment as its object tells it.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub(crate) uid: String,
    pub(crate) generation: i64,
    pub(crate) desired: usize,
    pub(crate) terminating: bool,
    /// The object itself: ReplicaSets are made from its template.
    pub(crate) object: Arc<Value>,
}

impl Deployment {
    pub(crate) fn of(object: &Arc<Value>) -> Self {
        let desired = number(object, "/spec/replicas").map(|pods| usize::try_from(pods).unwrap_or_default());
        Self {
            uid: text(object, "/metadata/uid").unwrap_or_default().to_owned(),
            generation: number(object, "/metadata/generation").unwrap_or_default(),
            desired: desired.unwrap_or(1),
            terminating: is_terminating(object),
            object: Arc::clone(object),
        }
    }
}
