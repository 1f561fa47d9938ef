//! Hooks that an Application has beside those in git.

use serde_json::{Value, json};
use sluice_crds::SyncHook;
use sluice_crds::names::application::HOOK;

use super::MOST;
use crate::Object;
use crate::check::Checker;
use crate::waves::hook;

/// The longest manifest of a hook.
const LONGEST: usize = 256 << 10;

/// Each hook as an object that says itself when it runs.
pub(super) fn read(check: &mut Checker, hooks: &[SyncHook]) -> Vec<Object> {
    let field = "spec.syncPolicy.hooks";
    check.count(field, hooks.len(), MOST);
    let each = hooks.iter().take(MOST).enumerate();
    each.filter_map(|(at, one)| object(check, &format!("{field}[{at}]"), one)).collect()
}

fn object(check: &mut Checker, field: &str, one: &SyncHook) -> Option<Object> {
    check.ignored(field, &one.unknown);
    if hook::When::named(&one.r#type).is_none() {
        let text = format!("is {:?}; write PreSync, Sync, PostSync, SyncFail, PreDelete or PostDelete", one.r#type);
        check.wrong(&format!("{field}.type"), text);
        return None;
    }
    let manifest = manifest(&one.manifest).and_then(|value| marked(value, &one.r#type));
    manifest.map_err(|why| check.wrong(&format!("{field}.manifest"), why)).ok()
}

fn manifest(text: &str) -> Result<Value, String> {
    if text.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes"));
    }
    let first = |error: serde_saphyr::Error| error.to_string().lines().next().unwrap_or_default().to_owned();
    serde_saphyr::from_str(text).map_err(|error| format!("is no YAML of one object: {}", first(error)))
}

/// The object with its phase. One that it names itself must be the same.
fn marked(mut value: Value, when: &str) -> Result<Object, String> {
    let object = Object::from(value.clone());
    let named = !object.name().is_empty() || !object.text("/metadata/generateName").is_empty();
    if object.kind().is_empty() || object.version().is_empty() || !named {
        return Err("needs apiVersion, kind and metadata.name".to_owned());
    }
    match object.annotation(HOOK) {
        Some(own) if own != when => {
            return Err(format!("has the annotation {HOOK}: {own}, which is not its type {when}"));
        }
        Some(_) => return Ok(object),
        None => {}
    }
    let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
    let metadata = metadata.ok_or("needs apiVersion, kind and metadata.name")?;
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    let annotations = annotations.as_object_mut().ok_or("metadata.annotations must be names with values")?;
    annotations.insert(HOOK.to_owned(), json!(when));
    Ok(Object::from(value))
}
