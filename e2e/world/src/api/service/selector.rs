//! Label and field selectors.

mod labels;

use serde_json::Value;

use super::super::catalog::Resource;
use super::super::meta;
use super::super::status::Status;
use super::query::Query;
use labels::Requirement;

/// Which objects of a kind are meant.
#[derive(Debug, Default)]
pub(super) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<Field>,
}

/// A field and what it must, or must not, be.
#[derive(Debug)]
struct Field {
    key: String,
    value: String,
    wanted: Wanted,
}

#[derive(Debug, PartialEq)]
enum Wanted {
    Same,
    Other,
}

impl Selector {
    pub(super) fn parse(query: &Query, of: &Resource) -> Result<Self, Status> {
        let labels = labels::parse(query.text("labelSelector")).map_err(Status::bad_request)?;
        let parts = query.text("fieldSelector").split(',').filter(|part| !part.is_empty());
        let fields = parts.map(|part| Field::parse(part, of)).collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    pub(super) fn is_all(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(super) fn selects(&self, object: &Value) -> bool {
        let labels = meta::of(object, "labels");
        self.labels.iter().all(|requirement| requirement.holds(labels))
            && self.fields.iter().all(|field| field.holds(object))
    }
}

impl Field {
    fn parse(part: &str, of: &Resource) -> Result<Self, Status> {
        let split = [("!=", Wanted::Other), ("==", Wanted::Same), ("=", Wanted::Same)]
            .into_iter()
            .find_map(|(sign, wanted)| part.split_once(sign).map(|(key, value)| (key, value, wanted)));
        let Some((key, value, wanted)) = split else {
            return Err(Status::bad_request(format!("invalid selector: '{part}'; can't understand '{part}'")));
        };
        if !known(of).contains(&key) {
            return Err(Status::bad_request(unknown(of, key)));
        }
        Ok(Self { key: key.to_owned(), value: value.to_owned(), wanted })
    }

    fn holds(&self, object: &Value) -> bool {
        let path = format!("/{}", self.key.replace('.', "/"));
        let value = object.pointer(&path).and_then(Value::as_str).unwrap_or_default();
        (value == self.value) == (self.wanted == Wanted::Same)
    }
}

fn known(of: &Resource) -> &'static [&'static str] {
    match of.kind {
        "Pod" => &["metadata.name", "metadata.namespace", "spec.nodeName", "status.phase", "status.podIP"],
        _ => &["metadata.name", "metadata.namespace"],
    }
}

fn unknown(of: &Resource, key: &str) -> String {
    if of.custom || of.kind == "Pod" {
        return format!("field label not supported: {key}");
    }
    format!("\"{key}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
}
