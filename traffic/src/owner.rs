//! Whose an object is that a release makes.

use serde_json::Value;

use crate::{Mismatch, Object};

/// The Rollout whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its name, in the object's namespace.
    pub name: String,
}

impl Owner {
    /// Whether the live object is its own: its controller is that Rollout.
    pub fn check(&self, object: &Object, live: &Value) -> Result<(), Mismatch> {
        let owners = live.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        if owners.into_iter().flatten().any(|owner| self.is(owner)) {
            return Ok(());
        }
        Err(object.mismatch(format!("is not of Rollout {}; delete or rename it", self.name)))
    }

    fn is(&self, owner: &Value) -> bool {
        let text = |field: &str| owner.get(field).and_then(Value::as_str);
        let is_controller = owner.get("controller") == Some(&Value::Bool(true));
        is_controller && text("kind") == Some("Rollout") && text("name") == Some(&self.name)
    }
}
