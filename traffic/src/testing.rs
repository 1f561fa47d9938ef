//! What every router promises, asked of each of them by its own tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Live, Mismatch, Object, Share, Write};

/// Objects in a test, by what they are.
pub(crate) type Objects = BTreeMap<Object, Value>;

/// The objects as a router gets them.
pub(crate) fn live(objects: &Objects) -> Live {
    objects.iter().map(|(object, value)| (object.clone(), value.clone())).collect()
}

/// The objects after a router's writes; `None` when it had none to make.
///
/// Asserts that what was written reads back, and that a second time nothing is written.
pub(crate) fn written(
    mut objects: Objects,
    share: &Share,
    read: impl Fn(&Live) -> Result<Option<Share>, Mismatch>,
    writes: impl Fn(&Live, &Share) -> Result<Vec<Write>, Mismatch>,
) -> Result<Option<Objects>, Mismatch> {
    let first = writes(&live(&objects), share)?;
    let is_right = first.is_empty();
    assert_eq!(read(&live(&objects))? == Some(share.clone()), is_right, "nothing is written where all is right");
    for write in first {
        apply(&mut objects, write);
    }
    assert_eq!(read(&live(&objects)), Ok(Some(share.clone())), "what was written reads back");
    assert_eq!(writes(&live(&objects), share), Ok(Vec::new()), "a second time nothing is written");
    Ok((!is_right).then_some(objects))
}

fn apply(objects: &mut Objects, write: Write) {
    match write {
        Write::Patch(object, patch) => json_patch::patch(objects.get_mut(&object).unwrap(), &patch).unwrap(),
        Write::Create(object, mut value) => {
            value["metadata"]["ownerReferences"] = owner("web");
            assert!(objects.insert(object, value).is_none(), "only what is missing is created");
        }
        Write::Delete(object) => assert!(objects.remove(&object).is_some(), "only what is there is deleted"),
    }
}

/// What the controller adds to an object that it creates for a Rollout.
pub(crate) fn owner(rollout: &str) -> Value {
    json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": rollout, "uid": "1", "controller": true}])
}

/// That many parts for the canary.
pub(crate) fn canary(weight: u32) -> Share {
    Share::of_canary(weight)
}
