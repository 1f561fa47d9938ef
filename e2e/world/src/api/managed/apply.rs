//! Server-side apply: a manager says all that it wants, and gets it, unless others own it.

use serde_json::{Map, Value, json};

use super::super::catalog::Sub;
use super::super::edit::Force;
use super::super::fields::{Fields, key_step, of_value, value_step};
use super::super::meta;
use super::super::shape::{ListKind, Shape};
use super::super::status::Status;
use super::super::write::Call;
use super::{APPLY, Owner, difference, owners, strip, write};

/// The live object after an apply.
pub(crate) fn apply(call: &Call, live: &Value, applied: &Value, force: Force) -> Result<Value, Status> {
    let shape = Shape::of(call.of);
    let wanted = wanted(call, applied);
    let mut mine = Owner::calling(call, APPLY);
    mine.fields = fields(call, shape, &wanted);
    let (last, mut others): (Vec<Owner>, Vec<Owner>) = owners(live).into_iter().partition(|owner| owner.is(&mine));
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

/// The object that an apply makes where there is none.
pub(crate) fn applied_new(call: &Call, applied: &Value) -> Value {
    let mut next = wanted(call, applied);
    let mine = Owner { fields: fields(call, Shape::of(call.of), &next), ..Owner::calling(call, APPLY) };
    write(vec![mine], &mut next);
    next
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
    lay(shape, &mut Vec::new(), &mut next, wanted);
    next
}

fn lay<'v>(shape: Shape, names: &mut Vec<&'v str>, target: &mut Value, wanted: &'v Value) {
    match (&mut *target, wanted) {
        (Value::Object(target), Value::Object(wanted)) if !shape.is_atomic(names) => {
            for (key, value) in wanted {
                names.push(key);
                lay(shape.field(key), names, target.entry(key.clone()).or_insert(Value::Null), value);
                names.pop();
            }
        }
        (Value::Array(target), Value::Array(wanted)) if shape.list(names) != ListKind::Atomic => {
            let kind = shape.list(names);
            for item in wanted {
                match target.iter_mut().find(|each| step(kind, each) == step(kind, item)) {
                    Some(each) => lay(shape, names, each, item),
                    None => target.push(item.clone()),
                }
            }
        }
        _ => target.clone_from(wanted),
    }
}

fn step(kind: ListKind, item: &Value) -> String {
    match kind {
        ListKind::Map(keys) => key_step(item, keys),
        ListKind::Set | ListKind::Atomic => value_step(item),
    }
}

/// Removes fields and items.
fn prune(shape: Shape, object: &mut Value, left: &Fields) {
    prune_at(shape, &mut Vec::new(), object, left);
}

fn prune_at<'v>(shape: Shape, names: &mut Vec<&'v str>, value: &mut Value, left: &'v Fields) {
    match value {
        Value::Object(fields) => prune_fields(shape, names, fields, left),
        Value::Array(items) => {
            let kind = shape.list(names);
            for (at, left) in left.below() {
                if left.is_member() {
                    items.retain(|item| step(kind, item) != at);
                } else if let Some(item) = items.iter_mut().find(|item| step(kind, item) == at) {
                    prune_at(shape, names, item, left);
                }
            }
        }
        _ => {}
    }
}

fn prune_fields<'v>(shape: Shape, names: &mut Vec<&'v str>, fields: &mut Map<String, Value>, left: &'v Fields) {
    for (step, left) in left.below() {
        let name = step.strip_prefix("f:").unwrap_or(step);
        if left.is_member() {
            fields.remove(name);
        } else if let Some(value) = fields.get_mut(name) {
            names.push(name);
            prune_at(shape.field(name), names, value, left);
            names.pop();
        }
    }
}
