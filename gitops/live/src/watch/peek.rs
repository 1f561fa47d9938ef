//! What must be known of an object to tell whether it is kept. Nothing else of it is read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::json;
use sluice_crds::names::application::{INSTALLATION_ID, TRACKING_ID};
use sluice_gitops::tracking::{Mark, Tracking};
use sluice_gitops::{Key, Object};

/// A kind, and the version that it is read in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) api_version: String,
}

/// What there is to tell of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Peek {
    pub(crate) key: Key,
    pub(crate) uid: String,
    pub(crate) version: String,
    /// The instance whose mark it bears, if no other object made it.
    pub(crate) owner: Option<String>,
    /// Whether another object made it.
    pub(crate) is_made: bool,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    object: Raw<'a>,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Cow<'a, str>,
    #[serde(borrow)]
    uid: Cow<'a, str>,
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
    labels: Option<HashMap<String, String>>,
    annotations: Option<Marks>,
    owner_references: Option<Vec<IgnoredAny>>,
}

/// Of the annotations only those that are marks: others may be as long as the object.
#[derive(Default)]
struct Marks(HashMap<String, String>);

impl<'de> Deserialize<'de> for Marks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Picks;
        impl<'de> Visitor<'de> for Picks {
            type Value = Marks;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("annotations")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Marks, A::Error> {
                let mut marks = Marks::default();
                while let Some(name) = map.next_key::<Cow<'de, str>>()? {
                    if name == TRACKING_ID || name == INSTALLATION_ID {
                        marks.0.insert(name.into_owned(), map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(marks)
            }
        }
        deserializer.deserialize_map(Picks)
    }
}

impl Peek {
    /// Looks at an object's text.
    pub(crate) fn read(text: &[u8], kind: &Kind, tracking: &Tracking) -> Result<Self, serde_json::Error> {
        Ok(Self::of_raw(serde_json::from_slice(text)?, kind, tracking))
    }

    /// Looks at the text of an event, at the object that it is about.
    pub(crate) fn read_event(text: &[u8], kind: &Kind, tracking: &Tracking) -> Result<Self, serde_json::Error> {
        let event: Event<'_> = serde_json::from_slice(text)?;
        Ok(Self::of_raw(event.object, kind, tracking))
    }

    fn of_raw(Raw { metadata }: Raw<'_>, kind: &Kind, tracking: &Tracking) -> Self {
        let key = Key::new(&kind.group, &kind.name, &metadata.namespace, &metadata.name);
        let is_made = metadata.owner_references.as_ref().is_some_and(|owners| !owners.is_empty());
        let owner = (!is_made).then(|| owner(&metadata, &key, kind, tracking)).flatten();
        Self { key, uid: metadata.uid.into_owned(), version: metadata.resource_version.into_owned(), owner, is_made }
    }

    /// Looks at an object that is there as a whole. `None` of what has no name.
    pub(crate) fn of(object: &Object, tracking: &Tracking) -> Option<Self> {
        let key = object.key();
        let is_made = object.is_owned();
        let owner = (!is_made).then(|| tracking.owner(object)).flatten().map(str::to_owned);
        (!key.name.is_empty()).then(|| Self {
            key,
            uid: object.text("/metadata/uid").to_owned(),
            version: object.text("/metadata/resourceVersion").to_owned(),
            owner,
            is_made,
        })
    }
}

fn owner(metadata: &Metadata<'_>, key: &Key, kind: &Kind, tracking: &Tracking) -> Option<String> {
    let marks = metadata.annotations.as_ref();
    let is_marked = match tracking.mark() {
        Mark::Label(label) => metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(label)),
        Mark::Annotation => marks.is_some_and(|marks| marks.0.contains_key(TRACKING_ID)),
    };
    if !is_marked {
        return None;
    }
    let object = Object::from(json!({
        "apiVersion": kind.api_version, "kind": kind.name,
        "metadata": {
            "name": key.name, "namespace": key.namespace, "labels": metadata.labels,
            "annotations": marks.map(|marks| &marks.0),
        },
    }));
    tracking.owner(&object).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peek(metadata: &serde_json::Value, tracking: &Tracking) -> Peek {
        let kind = Kind { group: "apps".into(), name: "Deployment".into(), api_version: "apps/v1".into() };
        let text = json!({"metadata": metadata, "spec": {"replicas": 1}}).to_string();
        Peek::read(text.as_bytes(), &kind, tracking).unwrap()
    }

    #[test]
    fn an_object_is_known_by_its_metadata_alone() {
        let long = "{\"a\": \"quoted\"}".repeat(10);
        let seen = peek(
            &json!({
                "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": long, TRACKING_ID: "a:apps/Deployment:shop/web"},
            }),
            &Tracking::Annotation,
        );
        let expected = Peek {
            key: Key::new("apps", "Deployment", "shop", "web"),
            uid: "u".into(),
            version: "7".into(),
            owner: Some("a".into()),
            is_made: false,
        };
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_another_installation_marked_is_nobodys() {
        let marks = json!({TRACKING_ID: "a:apps/Deployment:/web", INSTALLATION_ID: "blue"});
        let owner = |id: &str| {
            let tracking = Tracking::Annotation.of_installation(Some(id.to_owned()));
            peek(&json!({"name": "web", "annotations": marks}), &tracking).owner
        };
        assert_eq!((owner("blue").as_deref(), owner("green")), (Some("a"), None));
    }

    #[test]
    fn what_another_object_made_is_nobodys() {
        let made = json!({"name": "web", "labels": {"app": "a"}, "ownerReferences": [{"uid": "x"}]});
        let seen = peek(&made, &Tracking::Label("app".into()));
        assert_eq!((seen.owner, seen.is_made), (None, true));
        let own = json!({"name": "web", "labels": {"app": "a"}, "annotations": null, "ownerReferences": null});
        assert_eq!(peek(&own, &Tracking::Label("app".into())).owner.as_deref(), Some("a"));
    }
}
