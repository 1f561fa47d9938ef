//! The ways to say what an object shall be.

mod json;
mod strategic;

use serde_json::Value;

use super::catalog::Resource;
use super::shape::Shape;
use super::status::Status;

pub(crate) use json::Operation;
pub(crate) use strategic::unserved;

/// What an object shall be, by the object there is.
#[derive(Debug)]
pub(crate) enum Edit<'a> {
    /// This.
    Put(Value),
    /// What a merge patch makes of it.
    Merge(&'a Value),
    /// What a JSON patch makes of it.
    Json(&'a [Operation]),
    /// What a merge patch makes of it that knows which lists are maps.
    Strategic(&'a Value),
    /// What is so after a manager has applied all that it wants.
    Apply(&'a Value, Force),
}

/// What becomes of fields that others own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Force {
    /// They are taken over.
    Take,
    /// They are a conflict.
    Leave,
}

impl Edit<'_> {
    /// What it shall be; what is applied is not known before it is known who owns what.
    pub(crate) fn of(&self, of: &Resource, live: &Value) -> Result<Value, Status> {
        let mut next = live.clone();
        match self {
            Self::Put(object) => return Ok(object.clone()),
            Self::Merge(patch) => json_patch::merge(&mut next, patch),
            Self::Json(operations) => json::patch(&mut next, operations)?,
            Self::Strategic(patch) => strategic::merge(Shape::of(of), &mut next, patch),
            Self::Apply(..) => {}
        }
        Ok(next)
    }
}
