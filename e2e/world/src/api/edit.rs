//! The ways to say what an object shall be.

use serde_json::Value;

use super::status::Status;
use super::write::Call;

/// What an object shall be, by the object there is.
#[derive(Debug)]
pub(crate) enum Edit<'a> {
    /// This.
    Put(Value),
    /// What a merge patch makes of it.
    Merge(&'a Value),
}

impl Edit<'_> {
    /// What it shall be.
    pub(crate) fn of(&self, _call: &Call, live: &Value) -> Result<Value, Status> {
        match self {
            Self::Put(object) => Ok(object.clone()),
            Self::Merge(patch) => {
                let mut next = live.clone();
                json_patch::merge(&mut next, patch);
                Ok(next)
            }
        }
    }
}
