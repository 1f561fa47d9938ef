//! Who owns which field.

mod apply;

use serde_json::{Value, json};

use super::catalog::Sub;
use super::fields::{Comparison, Fields, compare};
use super::meta;
use super::shape::Shape;
use super::write::Call;

pub(crate) use apply::{applied_new, apply};

/// A manager and what it owns.
#[derive(Clone, Debug)]
struct Owner {
    manager: String,
    operation: &'static str,
    api_version: String,
    sub: &'static str,
    time: Value,
    fields: Fields,
}

const UPDATE: &str = "Update";
const APPLY: &str = "Apply";

/// Notes who wrote what: what changed between `live` and `next` belongs to the one who calls, and to nobody else.
pub(crate) fn note(call: &Call, live: &Value, next: &mut Value) {
    let found = difference(call, live, next);
    let mine = Owner::calling(call, UPDATE);
    if let Some(managed) = again(&mine, live, &found) {
        return meta::set(next, "managedFields", managed);
    }
    let mut owners = owners(live);
    for owner in &mut owners {
        owner.fields.remove(&found.written);
        owner.fields.remove(&found.removed);
    }
    if !found.written.is_empty() {
        match owners.iter_mut().find(|owner| owner.is(&mine)) {
            Some(owner) => {
                owner.fields.add(&found.written);
                owner.time = mine.time;
            }
            None => owners.push(Owner { fields: found.written, ..mine }),
        }
    }
    write(owners, next);
}

/// Who owns what after somebody wrote, once more, what is its own alone: only the time is another. Nearly all writes are
/// such, and sets of fields are large.
fn again(mine: &Owner, live: &Value, found: &Comparison) -> Option<Value> {
    let managed = meta::list(live, "managedFields");
    let at = managed.iter().position(|entry| mine.is_written_as(entry))?;
    let owned = |(other, entry): (usize, &Value)| {
        let fields = &entry["fieldsV1"];
        let others = other == at || !found.written.touches(fields);
        others && !found.removed.touches(fields) && (other != at || found.written.is_within(fields))
    };
    if found.written.is_empty() || !managed.iter().enumerate().all(owned) {
        return None;
    }
    let mut managed = managed.to_vec();
    managed[at]["time"] = mine.time.clone();
    managed.sort_by(|a, b| written_rank(a).cmp(&written_rank(b)));
    Some(managed.into())
}

fn written_rank(entry: &Value) -> [&str; 5] {
    ["operation", "time", "manager", "apiVersion", "subresource"].map(|key| entry[key].as_str().unwrap_or_default())
}

/// Notes who scaled. The server does so through the Scale, whose owners have no times and lose their way: a Scale that
/// changes nothing parts the replicas from their owner, and a second one leaves them without.
pub(crate) fn note_scale(call: &Call, live: &Value, next: &mut Value) {
    let replicas = Fields::parse(&json!({"f:spec": {"f:replicas": {}}}));
    let mut owners = owners(live);
    let owned = |owner: &Owner| !owner.fields.common(&replicas).is_empty();
    let scaled = live["spec"]["replicas"] != next["spec"]["replicas"];
    let heir = if scaled {
        let mine = Owner { time: Value::Null, fields: replicas.clone(), ..Owner::calling(call, UPDATE) };
        owners.iter().any(owned).then_some(mine)
    } else {
        let parted = owners.iter().find(|owner| owned(owner) && owner.operation == UPDATE && owner.sub.is_empty());
        let timed = parted.filter(|owner| owner.time.is_string());
        timed.map(|owner| Owner { time: Value::Null, fields: replicas.clone(), ..owner.clone() })
    };
    for owner in &mut owners {
        if scaled || owner.operation == UPDATE && owner.sub.is_empty() {
            owner.fields.remove(&replicas);
        }
    }
    owners.extend(heir);
    write(owners, next);
}

fn difference(call: &Call, live: &Value, next: &Value) -> Comparison {
    let mut found = compare(Shape::of(call.of), live, next);
    strip(&mut found.written);
    strip(&mut found.removed);
    found
}

/// Takes out what is nobody's.
fn strip(fields: &mut Fields) {
    const NOBODYS: [&str; 8] = [
        "f:name",
        "f:namespace",
        "f:creationTimestamp",
        "f:selfLink",
        "f:uid",
        "f:generation",
        "f:managedFields",
        "f:resourceVersion",
    ];
    fields.cut(&["f:apiVersion"]);
    fields.cut(&["f:kind"]);
    for field in NOBODYS {
        fields.cut(&["f:metadata", field]);
    }
    fields.unmark("f:metadata");
}

fn owners(object: &Value) -> Vec<Owner> {
    meta::list(object, "managedFields").iter().filter_map(Owner::parse).collect()
}

fn write(mut owners: Vec<Owner>, object: &mut Value) {
    owners.retain(|owner| !owner.fields.is_empty());
    owners.sort_by(|a, b| a.rank().cmp(&b.rank()));
    let written: Vec<Value> = owners.iter().map(Owner::json).collect();
    meta::set(object, "managedFields", if written.is_empty() { Value::Null } else { written.into() });
}

impl Owner {
    fn calling(call: &Call, operation: &'static str) -> Self {
        Self {
            manager: if call.by.is_empty() { "unknown" } else { call.by }.to_owned(),
            operation,
            api_version: call.of.api_version(),
            sub: match call.sub {
                Sub::Object => "",
                Sub::Status => "status",
                Sub::Scale => "scale",
                Sub::Eviction => "eviction",
            },
            time: call.time().into(),
            fields: Fields::default(),
        }
    }

    fn parse(written: &Value) -> Option<Self> {
        Some(Self {
            manager: written["manager"].as_str()?.to_owned(),
            operation: if written["operation"] == APPLY { APPLY } else { UPDATE },
            api_version: written["apiVersion"].as_str()?.to_owned(),
            sub: match written["subresource"].as_str() {
                Some("status") => "status",
                Some("scale") => "scale",
                _ => "",
            },
            time: written["time"].clone(),
            fields: Fields::parse(&written["fieldsV1"]),
        })
    }

    fn is(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    fn is_written_as(&self, entry: &Value) -> bool {
        let [operation, _, manager, api_version, sub] = written_rank(entry);
        self.identity() == (manager, operation, api_version, sub)
    }

    fn identity(&self) -> (&str, &str, &str, &str) {
        (&self.manager, self.operation, &self.api_version, self.sub)
    }

    fn rank(&self) -> (&str, &str, &str, &str, &str) {
        (self.operation, self.time.as_str().unwrap_or_default(), &self.manager, &self.api_version, self.sub)
    }

    fn json(&self) -> Value {
        let mut written = json!({
            "manager": self.manager, "operation": self.operation, "apiVersion": self.api_version,
            "fieldsType": "FieldsV1", "fieldsV1": self.fields.json(),
        });
        if self.time.is_string() {
            written["time"] = self.time.clone();
        }
        if !self.sub.is_empty() {
            written["subresource"] = self.sub.into();
        }
        written
    }

    /// As conflicts name it.
    fn shown(&self) -> String {
        let sub = if self.sub.is_empty() { String::new() } else { format!(" with subresource \"{}\"", self.sub) };
        let using = if self.operation == UPDATE { format!(" using {}", self.api_version) } else { String::new() };
        format!("\"{}\"{sub}{using}", self.manager)
    }
}
