//! A Kubernetes object of any kind, and what it is known by.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// What an object is known by in one cluster. Its API version is not part of that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// API group; empty is the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty of objects of the whole cluster.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Key {
    /// The key of an object.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        let [group, kind, namespace, name] = [group, kind, namespace, name].map(str::to_owned);
        Self { group, kind, namespace, name }
    }

    /// Whether it is of that group and kind.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(f, "{}/", self.group)?;
        }
        write!(f, "{} ", self.kind)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// An object, kept as it was rendered or seen. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Arc<Value>);

impl From<Value> for Object {
    fn from(value: Value) -> Self {
        Self(Arc::new(value))
    }
}

impl From<Arc<Value>> for Object {
    fn from(value: Arc<Value>) -> Self {
        Self(value)
    }
}

impl Object {
    /// All of it.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The same object in another namespace, or in none.
    #[must_use]
    pub fn in_namespace(&self, namespace: Option<&str>) -> Self {
        let mut value = self.to_value();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            match namespace {
                Some(namespace) => metadata.insert("namespace".to_owned(), namespace.into()),
                None => metadata.remove("namespace"),
            };
        }
        value.into()
    }

    /// The object in a namespace where it names none. An empty one is none.
    #[must_use]
    pub fn in_namespace_or_own(&self, namespace: &str) -> Self {
        if self.namespace().is_empty() && !namespace.is_empty() {
            self.in_namespace(Some(namespace))
        } else {
            self.clone()
        }
    }

    /// A copy to change.
    pub fn to_value(&self) -> Value {
        Value::clone(&self.0)
    }

    /// What it is known by.
    pub fn key(&self) -> Key {
        Key {
            group: self.group().to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().to_owned(),
            name: self.name().to_owned(),
        }
    }

    /// Its API group; empty is the core group.
    pub fn group(&self) -> &str {
        self.text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Its API version, without the group.
    pub fn version(&self) -> &str {
        let api_version = self.text("/apiVersion");
        api_version.rsplit_once('/').map_or(api_version, |(_, version)| version)
    }

    /// Its kind.
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// Its name; empty where it is to be generated.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// Its namespace; empty where it says none.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// An annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.0.pointer("/metadata/annotations")?.get(name)?.as_str()
    }

    /// A label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.0.pointer("/metadata/labels")?.get(name)?.as_str()
    }

    /// Whether it is being deleted.
    pub fn is_deleting(&self) -> bool {
        self.0.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
    }

    /// Whether another object owns it.
    pub fn is_owned(&self) -> bool {
        let owners = self.0.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.is_some_and(|owners| !owners.is_empty())
    }

    /// The text at a JSON pointer; empty where there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The whole number at a JSON pointer.
    pub fn number(&self, pointer: &str) -> Option<i64> {
        self.0.pointer(pointer)?.as_i64()
    }

    /// The list at a JSON pointer; empty where there is none.
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The words of an annotation that lists some with commas between, such as hooks and options. Spaces do not count.
    pub fn listed<'a>(&'a self, annotation: &str) -> impl Iterator<Item = &'a str> {
        let words = self.annotation(annotation).unwrap_or_default().split(',');
        words.map(str::trim).filter(|word| !word.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_known_by_group_kind_namespace_and_name() {
        let shown = |value: Value| Object::from(value).key().to_string();
        let deployment =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}});
        assert_eq!(shown(deployment), "apps/Deployment shop/web");
        assert_eq!(
            shown(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})),
            "Namespace shop"
        );
        assert_eq!(shown(json!({"kind": 7})), " ");
    }

    #[test]
    fn words_of_an_annotation_are_listed_without_spaces_and_gaps() {
        let object = Object::from(json!({"metadata": {"annotations": {"hook": "PreSync, Sync,,PostSync "}}}));
        assert_eq!(object.listed("hook").collect::<Vec<_>>(), ["PreSync", "Sync", "PostSync"]);
        assert_eq!(object.listed("other").count(), 0);
    }
}
