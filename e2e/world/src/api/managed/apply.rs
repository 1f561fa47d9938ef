//! Server-side apply: a manager says all that it wants, and gets it, unless others own it.

use serde_json::{Map, Value, json};

use super::super::catalog::Sub;
use super::super::edit::Force;
use super::super::fields::{Fields, item_step, of_value};
use super::super::meta;
use super::super::schema::{self, List};
use super::super::shape::Shape;
use super::super::status::Status;
use super::super::write::Call;
use super::super::zero;
use super::{APPLY, Owner, UPDATE, difference, owners, strip, write};

/// The name of whom an object belonged to before anybody applied it.
const BEFORE: &str = "before-first-apply";

/// The live object after an apply.
pub(crate) fn apply(call: &Call, live: &Value, applied: &Value, force: Force) -> Result<Value, Status> {
    let shape = Shape::of(call.of);
    let wanted = wanted(call, applied);
    check_typed(call, &wanted)?;
    let mut mine = Owner::calling(call, APPLY);
    mine.fields = fields(call, shape, &wanted);
    let (last, mut others): (Vec<Owner>, Vec<Owner>) =
        owners_or_before(call, live).into_iter().partition(|owner| owner.is(&mine));
    let mut next = merged(shape, live, &wanted);
    if let Some(last) = last.first() {
        let left = left_out(&last.fields, &mine.fields, &others);
        prune(shape, &mut next, &left);
    }
    settle(call, live, &next, &mut others, force)?;
    if meta::same_content(live, &next) {
        // Who changes nothing has no time of its own.
        mine.time = last.first().map_or(Value::Null, |last| last.time.clone());
    }
    others.push(mine);
    write(others, &mut next);
    Ok(next)
}

/// Who owns what; where nobody does, what is there belongs to who was there before.
fn owners_or_before(call: &Call, live: &Value) -> Vec<Owner> {
    let owners = owners(live);
    if !owners.is_empty() {
        return owners;
    }
    let before = Call { by: BEFORE, sub: Sub::Object, ..*call };
    let mut fields = difference(&before, &zero::of(call.of), live).written;
    if call.of.has(Sub::Status) {
        fields.cut(&["f:status"]);
    }
    vec![Owner { fields, ..Owner::calling(&before, UPDATE) }]
}

/// The object that an apply makes where there is none.
pub(crate) fn applied_new(call: &Call, applied: &Value) -> Result<Value, Status> {
    let mut next = wanted(call, applied);
    check_typed(call, &next)?;
    let mine = Owner { fields: fields(call, Shape::of(call.of), &next), ..Owner::calling(call, APPLY) };
    write(vec![mine], &mut next);
    Ok(next)
}

/// What is applied must have a place in the schema, however much is otherwise let pass.
fn check_typed(call: &Call, wanted: &Value) -> Result<(), Status> {
    let mistakes = schema::of(call.of).map(|schema| schema::mistakes(schema, wanted)).unwrap_or_default();
    let told = match mistakes.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let version = match call.of.group {
        "" => format!("/{}", call.of.version),
        _ => call.of.api_version(),
    };
    let (namespace, name) = (meta::text(wanted, "namespace"), meta::text(wanted, "name"));
    let place = format!("{namespace}/{name}; {version}, Kind={}", call.of.kind);
    Err(Status::failed(format!("failed to create typed patch object ({place}): {told}")))
}

/// What of the applied object this request is about.
fn wanted(call: &Call, applied: &Value) -> Value {
    let mut wanted = applied.clone();
    let Some(fields) = wanted.as_object_mut() else { return wanted };
    if call.sub == Sub::Status {
        fields.retain(|key, _| ["apiVersion", "kind", "status"].contains(&key.as_str()));
    } else if call.of.has(Sub::Status) {
        fields.remove("status");
    }
    wanted
}

fn fields(call: &Call, shape: Shape, wanted: &Value) -> Fields {
    let mut fields = of_value(shape, wanted);
    strip(&mut fields);
    if call.sub == Sub::Status {
        fields.only("f:status");
    }
    fields
}

/// What this manager wanted last time, does not want now, and nobody else owns.
fn left_out(last: &Fields, now: &Fields, others: &[Owner]) -> Fields {
    let mut left = last.clone();
    left.remove(now);
    for other in others {
        left.remove(&other.fields);
    }
    left
}

/// Takes the fields that changed from those who own them, or refuses.
fn settle(call: &Call, live: &Value, next: &Value, others: &mut [Owner], force: Force) -> Result<(), Status> {
    let found = difference(call, live, next);
    let conflicts: Vec<(String, Fields)> = others
        .iter()
        .map(|other| (other.shown(), other.fields.common(&found.written)))
        .filter(|(_, fields)| !fields.is_empty())
        .collect();
    if force == Force::Leave && !conflicts.is_empty() {
        return Err(conflict(&conflicts));
    }
    for other in others {
        other.fields.remove(&found.written);
        other.fields.remove(&found.removed);
    }
    Ok(())
}

fn conflict(conflicts: &[(String, Fields)]) -> Status {
    let mut causes = Vec::new();
    let mut told = Vec::new();
    for (owner, fields) in conflicts {
        let paths = fields.paths();
        let cause = |path| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {owner}"), "field": path});
        told.push(match paths.as_slice() {
            [path] => format!("conflict with {owner}: {path}"),
            many => format!("conflicts with {owner}:\n- {}", many.join("\n- ")),
        });
        causes.extend(paths.iter().map(cause));
    }
    let noun = if causes.len() == 1 { "conflict" } else { "conflicts" };
    let message = format!("Apply failed with {} {noun}: {}", causes.len(), told.join("\n"));
    Status { details: Some(json!({"causes": causes})), ..Status::new(409, "Conflict", message) }
}

/// Live, with what is wanted laid over it.
fn merged(shape: Shape, live: &Value, wanted: &Value) -> Value {
    let mut next = live.clone();
    lay(shape, &mut next, wanted);
    next
}

fn lay(shape: Shape, target: &mut Value, wanted: &Value) {
    match (&mut *target, wanted) {
        (Value::Object(target), Value::Object(wanted)) if !shape.is_atomic() => {
            for (key, value) in wanted {
                lay(shape.field(key), target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(target), Value::Array(wanted)) if *shape.list() != List::Atomic => {
            for item in wanted {
                let step = item_step(shape.list(), item);
                match target.iter_mut().find(|each| item_step(shape.list(), each) == step) {
                    Some(each) => lay(shape.items(), each, item),
                    None => target.push(item.clone()),
                }
            }
        }
        _ => target.clone_from(wanted),
    }
}

/// Removes fields and items.
fn prune(shape: Shape, value: &mut Value, left: &Fields) {
    match value {
        Value::Object(fields) => prune_fields(shape, fields, left),
        Value::Array(items) => {
            let list = shape.list();
            for (at, left) in left.below() {
                if left.is_member() {
                    items.retain(|item| item_step(list, item) != at);
                } else if let Some(item) = items.iter_mut().find(|item| item_step(list, item) == at) {
                    prune(shape.items(), item, left);
                }
            }
        }
        _ => {}
    }
}

fn prune_fields(shape: Shape, fields: &mut Map<String, Value>, left: &Fields) {
    for (step, left) in left.below() {
        let name = step.strip_prefix("f:").unwrap_or(step);
        if left.is_member() {
            fields.remove(name);
        } else if let Some(value) = fields.get_mut(name) {
            prune(shape.field(name), value, left);
        }
    }
}
