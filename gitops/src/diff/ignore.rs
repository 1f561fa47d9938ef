//! Differences that count as none.

use serde_json::Value;
use sluice_crds::{IgnoreDifferences, Violation};

use super::counterpart::counterpart;
use super::jq::Paths;
use super::owned;
use crate::Key;
use crate::check::Checker;
use crate::glob::Glob;
use crate::validate::MOST;

/// Fields in which some objects may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    group: Glob,
    kind: Glob,
    name: Option<String>,
    namespace: Option<String>,
    pointers: Vec<String>,
    paths: Vec<Paths>,
    managers: Vec<String>,
}

impl Ignore {
    /// Reads one, or says all that is wrong with it.
    pub fn of(one: &IgnoreDifferences) -> Result<Self, Vec<Violation>> {
        let mut check = Checker::default();
        let read = Self::read(&mut check, "ignoreDifferences", one);
        check.finish(read).map(|(read, _)| read)
    }

    pub(crate) fn read(check: &mut Checker, field: &str, one: &IgnoreDifferences) -> Option<Self> {
        check.ignored(field, &one.unknown);
        let mut glob = |part: &str, text: &str| {
            let read = Glob::of_names(text);
            read.map_err(|error| check.wrong(&format!("{field}.{part}"), format!("{text:?} {error}"))).ok()
        };
        let group = glob("group", one.group.as_deref().unwrap_or_default());
        let kind = glob("kind", &one.kind);
        for (name, list) in [
            ("jsonPointers", &one.json_pointers),
            ("jqPathExpressions", &one.jq_path_expressions),
            ("managedFieldsManagers", &one.managed_fields_managers),
        ] {
            check.count(&format!("{field}.{name}"), list.len(), MOST);
        }
        let pointers = one.json_pointers.iter().take(MOST).enumerate();
        let pointers = pointers.filter_map(|(at, text)| pointer(check, &format!("{field}.jsonPointers[{at}]"), text));
        let pointers = pointers.collect();
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Some(Self {
            group: group?,
            kind: kind?,
            name: said(&one.name),
            namespace: said(&one.namespace),
            pointers,
            paths: paths(check, &format!("{field}.jqPathExpressions"), &one.jq_path_expressions),
            managers: one.managed_fields_managers.iter().take(MOST).cloned().collect(),
        })
    }

    /// Whether it is about that object.
    pub fn is_for(&self, key: &Key) -> bool {
        self.group.is_match(&key.group)
            && self.kind.is_match(&key.kind)
            && self.name.as_ref().is_none_or(|name| *name == key.name)
            && self.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace)
    }

    /// Whether it must be known of that object which manager owns which field (`metadata.managedFields`).
    pub fn names_managers(&self, key: &Key) -> bool {
        !self.managers.is_empty() && self.is_for(key)
    }

    /// Takes its fields out of both sides.
    pub(super) fn apply(&self, wanted: &mut Value, live: &mut Value) {
        owned::adopt(&self.managers, wanted, live);
        for side in [wanted, live] {
            self.pointers.iter().for_each(|pointer| remove(side, pointer));
            self.paths.iter().for_each(|paths| paths.remove(side));
        }
    }

    /// Puts what is there into the fields of what is wanted.
    pub(super) fn leave(&self, wanted: &mut Value, live: &Value) {
        owned::adopt(&self.managers, wanted, live);
        // Where a path leads in the live object, it may be another item of a list that is wanted there.
        let found = self.paths.iter().flat_map(|paths| paths.pointers(live));
        let found: Vec<(String, String)> =
            found.filter_map(|there| Some((counterpart(&there, live, wanted)?, there))).collect();
        let said = self.pointers.iter().map(|pointer| (pointer.clone(), pointer.clone()));
        for (here, there) in said.chain(found).filter(|(here, _)| !here.starts_with("/status")) {
            match (wanted.pointer_mut(&here), live.pointer(&there)) {
                (Some(wanted), Some(live)) => *wanted = live.clone(),
                (Some(_), None) => remove(wanted, &here),
                // Left out, it is not touched.
                (None, _) => {}
            }
        }
    }
}

fn pointer(check: &mut Checker, field: &str, text: &str) -> Option<String> {
    if text.len() > 1 && text.starts_with('/') {
        return Some(text.to_owned());
    }
    check.wrong(field, format!("is {text:?}; write a field like /spec/replicas"));
    None
}

fn paths(check: &mut Checker, field: &str, expressions: &[String]) -> Vec<Paths> {
    let mut read = Vec::new();
    for (at, text) in expressions.iter().take(MOST).enumerate() {
        match Paths::parse(text) {
            Ok(paths) => read.push(paths),
            Err(error) => check.wrong(&format!("{field}[{at}]"), error),
        }
    }
    read
}

/// Takes out what a JSON pointer leads to, if there is something.
pub(super) fn remove(value: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    let last = last.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(&last);
        }
        Some(Value::Array(items)) => {
            if let Some(at) = last.parse().ok().filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        _ => {}
    }
}
