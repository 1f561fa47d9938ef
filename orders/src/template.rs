//! Orders about what is to run: undo, set image. They change the pod template wherever it is written: in the Rollout, or in the
//! workload that lends it one.

use kube_core::DynamicObject;
use serde_json::{Value, json};
use sluice_core::same;
use sluice_crds::names::annotation;
use sluice_crds::{Metadata, Rollout, decode};

use crate::own::number;
use crate::write::operation;
use crate::{Meant, Patch, Verdict, Write};

/// Where a Rollout's own template is.
pub const TEMPLATE: &str = "/spec/template";
/// Every container.
pub const ALL: &str = "*";
/// The lists of containers in a pod template.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
/// The longest image reference that is taken, in bytes.
const LONGEST_IMAGE: usize = 512;

/// A container's name, or [`ALL`], and its image.
pub type Image = (String, String);

/// An earlier revision, as its ReplicaSet keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// Its number.
    pub number: u64,
    /// Its template, as the ReplicaSet has it: fields that no type knows are kept.
    kept: Value,
    /// What it was given for its role only.
    ephemeral: Metadata,
}

impl Earlier {
    fn of(replica_set: &DynamicObject) -> Option<Self> {
        let note = replica_set.metadata.annotations.as_ref().and_then(|all| all.get(annotation::EPHEMERAL_METADATA));
        let ephemeral = note.and_then(|note| serde_json::from_str(note).ok()).unwrap_or_default();
        let kept = replica_set.data.pointer(TEMPLATE)?.clone();
        Some(Self { number: number(replica_set)?, kept, ephemeral })
    }

    /// The template as a user asked for it.
    pub fn template(&self) -> Value {
        same::asked(self.kept.clone(), &self.ephemeral)
    }

    /// Whether the Rollout asks for that revision's pods now.
    fn is_in_force(&self, rollout: &Rollout) -> bool {
        let kept = decode(self.kept.clone()).ok();
        rollout
            .spec
            .template
            .as_ref()
            .zip(kept)
            .is_some_and(|(asked, kept)| same::template(asked, &kept, &self.ephemeral))
    }
}

/// Finds the revision of that number among a Rollout's own ReplicaSets; for 0, the one before the newest.
pub fn earlier(own: &[DynamicObject], to: u64) -> Result<Earlier, String> {
    let mut revisions: Vec<_> = own.iter().filter_map(Earlier::of).collect();
    revisions.sort_by_key(|one| one.number);
    match to {
        0 => revisions.into_iter().rev().nth(1).ok_or_else(|| "has no earlier revision to go back to".to_owned()),
        _ => revisions.iter().find(|one| one.number == to).cloned().ok_or_else(|| {
            let there: Vec<String> = revisions.iter().map(|one| one.number.to_string()).collect();
            format!("unable to find specified revision {to} in history; there are {}", there.join(", "))
        }),
    }
}

/// Runs the template of an earlier revision again; `template` is where it is written.
pub fn undo(rollout: &Rollout, earlier: &Earlier, template: &str) -> Verdict {
    if earlier.is_in_force(rollout) {
        return Verdict::nothing(format!(
            "skipped rollback (current template already matches revision {})",
            earlier.number
        ));
    }
    // In the place of the one that is there: a merge would keep what the new one lacks.
    let operations = operation("replace", template, &earlier.template()).into_iter().collect();
    let said = format!("goes back to the template of revision {}", earlier.number);
    Verdict::Write(Write::object(Patch::Json(json_patch::Patch(operations)), Meant::AsRead, said))
}

/// Runs other images: each is set if its container is still where it was seen; `template` is where the object has its template.
pub fn set_images(object: &Value, template: &str, images: &[Image]) -> Verdict {
    let containers = containers(object, template);
    let (mut operations, mut is_new) = (Vec::new(), false);
    for (name, image) in images {
        if !is_image(image) {
            return Verdict::refused(format!(
                "needs an image without spaces, such as registry/app:v2, not \"{image}\""
            ));
        }
        let meant: Vec<_> = containers.iter().filter(|one| name == ALL || *name == one.name).collect();
        if meant.is_empty() {
            let there: Vec<&str> = containers.iter().map(|one| one.name.as_str()).collect();
            return Verdict::refused(format!("has no container \"{name}\"; there are {}", there.join(", ")));
        }
        for one in meant {
            is_new |= one.image.as_deref() != Some(image);
            operations.extend(operation("test", &format!("{}/name", one.path), &json!(one.name)));
            operations.extend(operation("add", &format!("{}/image", one.path), &json!(image)));
        }
    }
    if !is_new {
        return Verdict::nothing("runs these images already");
    }
    let told: Vec<String> = images.iter().map(|(name, image)| format!("{image} in {}", whose(name))).collect();
    let said = format!("gets the image {}", told.join(" and "));
    Verdict::Write(Write::object(Patch::Json(json_patch::Patch(operations)), Meant::Any, said))
}

fn whose(name: &str) -> &str {
    if name == ALL { "all containers" } else { name }
}

fn is_image(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_IMAGE && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Says so where the Rollout's template is another workload's.
pub fn lent(rollout: &Rollout) -> Option<Verdict> {
    let lender = rollout.spec.workload_ref.as_ref()?;
    let kind = lender.kind.as_deref().unwrap_or("workload");
    let name = lender.name.as_deref().unwrap_or_default();
    Some(Verdict::refused(format!("takes its template from {kind} {name}: change that one")))
}

/// A container in a template.
struct Container {
    path: String,
    name: String,
    image: Option<String>,
}

fn containers(object: &Value, template: &str) -> Vec<Container> {
    let of_list = |list: &str| {
        let path = format!("{template}/spec/{list}");
        let all = object.pointer(&path).and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |one: &Value, field: &str| Some(one.get(field)?.as_str()?.to_owned());
        let named = all.into_iter().enumerate().filter_map(move |(at, one)| {
            Some(Container { path: format!("{path}/{at}"), name: text(&one, "name")?, image: text(&one, "image") })
        });
        named.collect::<Vec<_>>()
    };
    LISTS.iter().flat_map(|list| of_list(list)).collect()
}

#[cfg(test)]
mod tests;
