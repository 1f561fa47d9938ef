//! What actors write.

use serde_json::Value;

use super::Key;
use crate::api::{Resource, Status, Store, Sub};

/// One write to the store.
#[derive(Debug)]
pub(super) enum Write {
    Create {
        of: &'static Resource,
        object: Value,
        by: &'static str,
    },
    Merge {
        of: &'static Resource,
        key: Key,
        sub: Sub,
        patch: Value,
        by: &'static str,
    },
    Delete {
        of: &'static Resource,
        key: Key,
    },
    /// Without grace: what ran has ended.
    DeleteNow {
        of: &'static Resource,
        key: Key,
    },
}

impl Write {
    /// Sends it. That the object is gone meanwhile is no failure: the next step sees it.
    pub(super) fn send(self, store: &Store) -> Result<(), Status> {
        let done = match self {
            Self::Create { of, object, by } => store.create(of, object, by).map(drop),
            Self::Merge { of, key, sub, patch, by } => {
                store.merge(of, &key.namespace, &key.name, sub, &patch, by).map(drop)
            }
            Self::Delete { of, key } => store.delete(of, &key.namespace, &key.name),
            Self::DeleteNow { of, key } => store.delete_now(of, &key.namespace, &key.name),
        };
        done.or_else(|status| if status.code == 404 { Ok(()) } else { Err(status) })
    }
}
