//! The leaves of a kind's schema: every field that holds no other field the schema knows.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::{Map, Value, json};

use super::path::{Path, Segment};

/// A field to put values into.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Where it is.
    pub path: Path,
    /// What its schema takes.
    pub kind: Kind,
    /// An object with the fields that the schema requires around this one.
    pub around: Value,
}

/// What the schema takes for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of so many bits.
    Integer(u8),
    /// Text.
    Text,
    /// A moment.
    Time,
    /// True or false.
    Flag,
    /// A whole number, or text.
    IntOrText,
    /// An object of which the schema says nothing more.
    Anything,
    /// An object without fields.
    Empty,
    /// A field that the schema does not know, where it keeps such fields.
    Unknown,
}

/// The name of a field that no schema knows.
pub const UNKNOWN: &str = "hostileField";

/// The leaves of the field `root` of a kind, such as its `spec`.
pub fn leaves(definition: &CustomResourceDefinition, root: &str) -> Vec<Leaf> {
    let mut walk = Walk { around: json!({}), found: Vec::new() };
    let schemas =
        definition.spec.versions.iter().filter_map(|version| version.schema.as_ref()?.open_api_v3_schema.as_ref());
    let roots = schemas.filter_map(|schema| schema.properties.as_ref()?.get(root));
    for schema in roots {
        walk.enter(&Path(vec![Segment::Key(root.to_owned())]), schema);
    }
    walk.found
}

struct Walk {
    /// What is required on the way here.
    around: Value,
    found: Vec<Leaf>,
}

impl Walk {
    fn enter(&mut self, path: &Path, schema: &JSONSchemaProps) {
        let outside = self.around.clone();
        path.put(&mut self.around, least(schema));
        self.look(path, schema);
        self.around = outside;
    }

    fn look(&mut self, path: &Path, schema: &JSONSchemaProps) {
        let keeps_unknown = schema.x_kubernetes_preserve_unknown_fields == Some(true);
        if let Some(fields) = schema.properties.as_ref().filter(|fields| !fields.is_empty()) {
            for (name, inner) in fields {
                self.enter(&path.then(Segment::Key(name.clone())), inner);
            }
            if keeps_unknown {
                self.leaf(path.then(Segment::Key(UNKNOWN.to_owned())), Kind::Unknown);
            }
        } else if let Some(JSONSchemaPropsOrBool::Schema(inner)) = &schema.additional_properties {
            self.enter(&path.then(Segment::Entry), inner);
        } else if let Some(JSONSchemaPropsOrArray::Schema(inner)) = &schema.items {
            self.enter(&path.then(Segment::Item), inner);
        } else {
            self.leaf(path.clone(), kind(schema));
        }
    }

    fn leaf(&mut self, path: Path, kind: Kind) {
        self.found.push(Leaf { path, kind, around: self.around.clone() });
    }
}

fn kind(schema: &JSONSchemaProps) -> Kind {
    if schema.x_kubernetes_int_or_string == Some(true) {
        return Kind::IntOrText;
    }
    match (schema.type_.as_deref(), schema.format.as_deref()) {
        (Some("integer"), Some("int64")) => Kind::Integer(64),
        (Some("integer"), _) => Kind::Integer(32),
        (Some("boolean"), _) => Kind::Flag,
        (Some("string"), Some("date-time")) => Kind::Time,
        (Some("string"), _) => Kind::Text,
        _ if schema.x_kubernetes_preserve_unknown_fields == Some(true) => Kind::Anything,
        _ => Kind::Empty,
    }
}

/// The least value that the schema takes.
fn least(schema: &JSONSchemaProps) -> Value {
    if schema.x_kubernetes_int_or_string == Some(true) {
        return json!(1);
    }
    match schema.type_.as_deref() {
        Some("integer") => json!(1),
        Some("boolean") => json!(true),
        Some("string") => json!("x"),
        Some("array") => json!([]),
        _ => Value::Object(required(schema)),
    }
}

fn required(schema: &JSONSchemaProps) -> Map<String, Value> {
    let properties = schema.properties.as_ref();
    let names = schema.required.iter().flatten();
    names.filter_map(|name| Some((name.clone(), least(properties?.get(name)?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(root: &str, shown: &str) -> Leaf {
        let [rollout, ..] = sluice_crds::definitions();
        leaves(&rollout, root).into_iter().find(|leaf| leaf.path.to_string() == shown).unwrap()
    }

    #[test]
    fn a_leaf_knows_its_type_and_what_must_stand_around_it() {
        assert_eq!(leaf("spec", "spec.replicas").kind, Kind::Integer(32));
        assert_eq!(leaf("spec", "spec.strategy.canary.maxSurge").kind, Kind::IntOrText);
        assert_eq!(leaf("spec", "spec.strategy.hostileField").kind, Kind::Unknown);
        assert_eq!(leaf("spec", "spec.template").kind, Kind::Anything);
        let header = leaf("spec", "spec.strategy.canary.steps[].setHeaderRoute.match[].headerValue.exact");
        let step = json!({"setHeaderRoute": {"match": [{"headerName": "x", "headerValue": {"exact": "x"}}]}});
        assert_eq!(header.around, json!({"spec": {"strategy": {"canary": {"steps": [step]}}}}));
    }

    #[test]
    fn every_kind_has_leaves() {
        let counts = sluice_crds::definitions().map(|definition| leaves(&definition, "spec").len());
        assert!(counts.iter().all(|count| *count > 25), "{counts:?}");
    }
}
