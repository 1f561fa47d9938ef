//! What is to be written, and for which state of the object it is meant.

use kube_core::Status;
use kube_core::params;
use serde_json::{Value, json};

use crate::release::Place;

/// A write, and what to say once it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Fields of the status to merge in.
    pub status: Option<Value>,
    /// What becomes of the rest of the object.
    pub object: Option<Patch>,
    /// For which state of the object it is meant.
    pub meant: Meant,
    /// What to say.
    pub said: String,
}

/// A change of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// Fields to merge in, from the root of the object.
    Merge(Value),
    /// Operations one by one.
    Json(json_patch::Patch),
}

/// For which state of an object a write is meant. The API server refuses it for any other, and it is decided anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// For any.
    Any,
    /// For the very one that was read.
    AsRead,
    /// For the one that was read, and only while the release is at that place.
    At(Place),
}

impl From<Patch> for params::Patch<Value> {
    fn from(patch: Patch) -> Self {
        match patch {
            Patch::Merge(fields) => Self::Merge(fields),
            Patch::Json(operations) => Self::Json(operations),
        }
    }
}

/// So many people are kept for one release.
const MOST_NAMES: usize = 16;

/// What of an object a request changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All but its status.
    Object,
    /// Its status.
    Status,
}

/// One request to the API server.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What it changes.
    pub part: Part,
    /// How.
    pub patch: Patch,
}

impl Write {
    /// A write of fields of the status.
    pub(crate) fn status(fields: Value, meant: Meant, said: &str) -> Self {
        Self { status: Some(fields), object: None, meant, said: said.to_owned() }
    }

    /// A write of the rest.
    pub(crate) fn object(patch: Patch, meant: Meant, said: impl Into<String>) -> Self {
        Self { status: None, object: Some(patch), meant, said: said.into() }
    }

    /// Whether it ends a person's own pause.
    pub fn unpauses(&self) -> bool {
        let Some(Patch::Merge(fields)) = &self.object else { return false };
        fields.pointer("/spec/paused") == Some(&Value::Bool(false))
    }

    /// The same with why it is ordered, which is kept where it takes an update back.
    #[must_use]
    pub fn because(mut self, why: &str) -> Self {
        if let Some(Value::Object(status)) = &mut self.status
            && status.get("abort") == Some(&Value::Bool(true))
        {
            status.insert("abortReason".to_owned(), json!(why));
        }
        self
    }

    /// The same with who orders it, for the release's record: behind those who did before.
    #[must_use]
    pub fn signed(mut self, who: &str, before: &[String]) -> Self {
        let is_new = !who.is_empty() && !before.iter().any(|other| other == who) && before.len() < MOST_NAMES;
        if let Some(Value::Object(status)) = self.status.as_mut().filter(|_| is_new) {
            let all: Vec<&str> = before.iter().map(String::as_str).chain([who]).collect();
            status.insert("orderedBy".to_owned(), json!(all));
        }
        self
    }

    /// The requests that make it, in order, of the object that was read at that version.
    ///
    /// Only the first is locked to it: once that is done, the other follows, whoever wrote in between.
    pub fn requests(&self, version: Option<&str>) -> Vec<Request> {
        let status = self.status.iter().map(|fields| (Part::Status, Patch::Merge(json!({"status": fields}))));
        let all = status.chain(self.object.iter().map(|patch| (Part::Object, patch.clone())));
        let mut version = version.filter(|_| self.meant != Meant::Any);
        all.map(|(part, patch)| Request { part, patch: locked(patch, version.take()) }).collect()
    }
}

/// Whether the API server turned a request away because the object is no longer what it was decided for.
///
/// It says no more than [`NOT_APPLICABLE`] of a JSON patch whose test fails.
pub fn is_overtaken(refusal: &Status) -> bool {
    refusal.is_conflict() || (refusal.code == 422 && refusal.message == NOT_APPLICABLE)
}

/// What the API server says of a JSON patch that cannot be applied.
pub const NOT_APPLICABLE: &str = "the server rejected our request due to an error in our request";

fn locked(patch: Patch, version: Option<&str>) -> Patch {
    let Some(version) = version else { return patch };
    match patch {
        Patch::Merge(mut fields) => {
            json_patch::merge(&mut fields, &json!({"metadata": {"resourceVersion": version}}));
            Patch::Merge(fields)
        }
        Patch::Json(json_patch::Patch(mut operations)) => {
            let lock = operation("replace", "/metadata/resourceVersion", &json!(version));
            operations.splice(0..0, lock);
            Patch::Json(json_patch::Patch(operations))
        }
    }
}

/// One operation of a JSON patch. `None` only for a path that is no JSON pointer.
pub(crate) fn operation(op: &str, path: &str, value: &Value) -> Option<json_patch::PatchOperation> {
    serde_json::from_value(json!({"op": op, "path": path, "value": value})).ok()
}
