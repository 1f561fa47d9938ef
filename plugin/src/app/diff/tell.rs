//! How a comparison is told. Pure.

use clap::builder::styling::AnsiColor;
use serde_json::{Value, json};
use sluice_gitops::Key;

use super::super::names::Named;
use super::compare::What;
use super::{Compared, unified};
use crate::clean::clean;
use crate::tree::text::Text;

/// For people: each object that differs, then what else there is to know, and how many there are. Nothing where nothing differs.
pub(super) fn lines(compared: &Compared, named: Option<&Named>) -> Vec<String> {
    let mut lines = Vec::new();
    let git = format!("git {}", compared.revision);
    for finding in &compared.findings {
        let (live, wanted, said) = match &finding.what {
            What::Same | What::Unknown(_) => continue,
            What::Changed { live, wanted, other } => (Some(live), Some(wanted), other.as_deref().map(shared)),
            What::New(wanted) => (None, Some(wanted), None),
            What::Gone { live, stays } => (Some(live), None, Some(stays.unwrap_or(GONE).to_owned())),
            What::Blocked(why) => (None, None, Some(format!("blocked: {why}"))),
        };
        lines.push(String::new());
        lines.push(Text::coloured(header(&finding.key), Some(AnsiColor::BrightBlue)).painted());
        lines.extend(said.map(|said| Text::coloured(said, Some(AnsiColor::Yellow)).painted()));
        lines.extend(unified::lines(live, wanted, &git));
    }
    if !lines.is_empty() {
        lines.push(String::new());
        lines.extend(compared.notes.iter().map(|note| clean(&format!("note: {note}")).into_owned()));
        lines.push(count(compared));
    }
    if let Some(named) = named.filter(|_| !lines.is_empty()) {
        lines.insert(0, clean(&format!("application '{named}':")).into_owned());
    }
    lines
}

const GONE: &str = "git has it no more: a sync with --prune deletes it";

fn shared(other: &str) -> String {
    format!("it is part of application {other} too")
}

/// As the established command line writes it.
fn header(key: &Key) -> String {
    format!("===== {}/{} {}/{} ======", key.group, key.kind, key.namespace, key.name)
}

fn count(compared: &Compared) -> String {
    let count = |is: fn(&What) -> bool| compared.findings.iter().filter(|finding| is(&finding.what)).count();
    let parts = [
        (count(|what| matches!(what, What::Changed { .. })), "changed"),
        (count(|what| matches!(what, What::New(_))), "new"),
        (count(|what| matches!(what, What::Gone { .. })), "gone from git"),
        (count(|what| matches!(what, What::Blocked(_))), "blocked by the project"),
        (count(|what| matches!(what, What::Unknown(_))), "not known"),
        (count(|what| *what == What::Same), "as git says"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    parts.join(", ")
}

/// For programs: everything that is not as git says.
pub(super) fn document(compared: &Compared) -> Value {
    let objects = compared.findings.iter().filter_map(|finding| {
        let Key { group, kind, namespace, name } = &finding.key;
        let mut told = match &finding.what {
            What::Same => return None,
            What::Changed { live, wanted, other } => {
                json!({"result": "changed", "live": live, "wanted": wanted, "otherApplication": other})
            }
            What::New(wanted) => json!({"result": "new", "wanted": wanted}),
            What::Gone { live, stays } => json!({"result": "gone", "live": live, "prune": stays.is_none()}),
            What::Blocked(why) => json!({"result": "blocked", "message": why}),
            What::Unknown(why) => json!({"result": "unknown", "message": why}),
        };
        let key = json!({"group": group, "kind": kind, "namespace": namespace, "name": name});
        if let (Some(told), Value::Object(key)) = (told.as_object_mut(), key) {
            told.extend(key);
        }
        Some(told)
    });
    let objects: Vec<Value> = objects.collect();
    json!({"revision": compared.revision, "objects": objects, "notes": compared.notes})
}
