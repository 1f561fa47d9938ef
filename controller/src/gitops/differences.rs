//! Where objects of Applications are not as git says, for people who look: as they were compared last, by the process that leads.

use std::collections::HashMap;
use std::sync::Mutex;

use sluice_dashboard::view::{Differing, Field};
use sluice_gitops::diff::Difference;

use super::lock;
use crate::key::Key;

/// The most fields of one object that are kept.
const MOST: usize = 20;

/// Of all Applications.
#[derive(Debug, Default)]
pub(crate) struct Differences(Mutex<HashMap<Key, Vec<Differing>>>);

impl Differences {
    /// What an Application was found to differ by, in the place of what it was before.
    pub(crate) fn note(&self, application: &Key, found: Vec<Differing>) {
        let mut all = lock(&self.0);
        if found.is_empty() {
            all.remove(application);
        } else {
            all.insert(application.clone(), found);
        }
    }

    /// What an Application differs by, as far as that is known.
    pub(crate) fn of(&self, application: &Key) -> Vec<Differing> {
        lock(&self.0).get(application).cloned().unwrap_or_default()
    }
}

/// An object's difference, as people are shown it: the first fields of it.
pub(crate) fn shown(key: &sluice_gitops::Key, difference: &Difference) -> Differing {
    let field = |change: &sluice_gitops::diff::Change| {
        let [here, wanted] = change.shown();
        Field { path: change.pointer.clone(), here, wanted }
    };
    Differing {
        group: key.group.clone(),
        kind: key.kind.clone(),
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        fields: difference.0.iter().take(MOST).map(field).collect(),
        more: difference.0.len().saturating_sub(MOST),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sluice_gitops::Object;
    use sluice_gitops::diff::compare;

    use super::*;

    fn differing(kind: &str, live: &Value, wanted: &Value) -> Differing {
        let object = |data: &Value| {
            let metadata = json!({"name": "settings", "namespace": "shop"});
            Object::from(json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}))
        };
        let (tried, live) = (object(wanted), object(live));
        shown(&live.key(), &compare(&tried, &live, &[]))
    }

    #[test]
    fn the_first_fields_are_shown_and_of_a_secret_only_that_they_differ() {
        let data: serde_json::Map<String, Value> = (0..30).map(|n| (format!("k{n:02}"), json!("a"))).collect();
        let told = differing("ConfigMap", &Value::Object(data), &json!({"k00": "b"}));
        let first = Field { path: "/data/k00".to_owned(), here: "\"a\"".to_owned(), wanted: "\"b\"".to_owned() };
        assert_eq!((told.fields.first(), told.fields.len(), told.more), (Some(&first), 20, 10));
        let secret = differing("Secret", &json!({"token": "aHVudGVyMg=="}), &json!({"token": "b3RoZXI="}));
        assert_eq!(secret.fields.len(), 1);
        let told = format!("{secret:?}");
        assert!(!told.contains("aHVudGVyMg") && !told.contains("b3RoZXI"), "{told}");
    }

    #[test]
    fn what_differs_no_more_is_forgotten() {
        let (differences, key) = (Differences::default(), Key::new("argocd", "shop"));
        let told = differing("ConfigMap", &json!({"a": "1"}), &json!({"a": "2"}));
        differences.note(&key, vec![told.clone()]);
        assert_eq!(differences.of(&key), [told]);
        differences.note(&key, Vec::new());
        assert_eq!(differences.of(&key), []);
    }
}
