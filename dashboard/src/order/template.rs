//! Orders about what is to run: undo, set image.

use serde_json::{Value, json};
use sluice_crds::{Rollout, names::label};

use super::{SpecWrite, Verdict, Write};

/// The longest image reference that is taken, in bytes.
const LONGEST_IMAGE: usize = 512;

pub(super) fn undo(rollout: &Rollout, revision: u64, template: &Value) -> Verdict {
    if let Some(lent) = lent(rollout) {
        return lent;
    }
    let mut template = template.clone();
    // What the controller put on it; it puts it on again.
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(label::POD_TEMPLATE_HASH);
    }
    if rollout.spec.template.as_ref().is_some_and(|current| same(&current.0, &template)) {
        return Verdict::Nothing(format!("has the template of revision {revision} already"));
    }
    write(SpecWrite::Template(template), format!("goes back to the template of revision {revision}"))
}

pub(super) fn set_image(rollout: &Rollout, container: &str, image: &str) -> Verdict {
    if let Some(lent) = lent(rollout) {
        return lent;
    }
    if image.is_empty() || image.len() > LONGEST_IMAGE || image.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Verdict::refused("needs an image without spaces, such as registry/app:v2");
    }
    let template = rollout.spec.template.as_ref().map(|template| &template.0);
    let lists = ["initContainers", "containers"].into_iter();
    let found = lists.filter_map(|list| Some((list, template?.pointer(&format!("/spec/{list}"))?.as_array()?)));
    for (list, containers) in found {
        let Some(index) = containers.iter().position(|one| one.get("name").and_then(Value::as_str) == Some(container))
        else {
            continue;
        };
        let mut containers = containers.clone();
        let Some(field) = containers.get_mut(index).and_then(Value::as_object_mut) else { continue };
        if field.get("image").and_then(Value::as_str) == Some(image) {
            return Verdict::Nothing(format!("runs {image} in {container} already"));
        }
        field.insert("image".to_owned(), json!(image));
        let fields = json!({"template": {"spec": {list: containers}}});
        return write(SpecWrite::Merge(fields), format!("gets the image {image} in {container}"));
    }
    Verdict::Refused(format!("has no container \"{container}\""))
}

/// Whether two templates ask for the same pods; clients written in Go send a creationTimestamp of null.
fn same(one: &Value, other: &Value) -> bool {
    let without = |template: &Value| {
        let mut template = template.clone();
        if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("creationTimestamp");
        }
        template
    };
    without(one) == without(other)
}

/// What to say where the template is another workload's.
fn lent(rollout: &Rollout) -> Option<Verdict> {
    let lender = rollout.spec.workload_ref.as_ref()?;
    let kind = lender.kind.as_deref().unwrap_or("workload");
    let name = lender.name.as_deref().unwrap_or_default();
    Some(Verdict::Refused(format!("takes its template from {kind} {name}: change that one")))
}

fn write(spec: SpecWrite, said: String) -> Verdict {
    Verdict::Write(Write { status: None, spec: Some(spec), locked: true, said })
}
