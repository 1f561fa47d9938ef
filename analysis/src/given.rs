//! Gives the arguments of templates the values a Rollout has for them.
//!
//! What the Rollout gives wins over the template's default. Where it points at a field of its own or at a
//! revision's hash, the caller looks that up.

use sluice_crds::{Argument, RolloutArgument};

use sluice_crds::violation::Violation;

/// Where in the cluster a value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// The pod template hash of the stable revision.
    StableHash,
    /// The pod template hash of the newest revision.
    LatestHash,
    /// A field of the Rollout, such as `metadata.labels['app']`.
    Field(&'a str),
}

/// The arguments of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// Every argument, with a value or a reference to a Secret.
    pub args: Vec<Argument>,
    /// Names of arguments that the Rollout gives and no template has: worth a warning, as they do nothing.
    pub unknown: Vec<String>,
}

/// Fills in `template` what `given` says; `lookup` finds what stands elsewhere.
///
/// Guarantees that every argument of the answer has a value or a Secret to read it from.
pub fn give(
    template: Vec<Argument>,
    given: &[RolloutArgument],
    lookup: impl Fn(Place<'_>) -> Option<String>,
) -> Result<Given, Vec<Violation>> {
    let mut violations = given.iter().enumerate().flat_map(misspelt_given).collect::<Vec<_>>();
    let mut args = Vec::new();
    for arg in template {
        // The last one counts where the Rollout gives an argument twice.
        let found = given.iter().enumerate().rfind(|(_, given)| given.name == arg.name);
        let (field, settled) = match found {
            None => ("args".to_owned(), settle(arg, &lookup)),
            Some((index, given)) => {
                let own = value(given, &lookup);
                (format!("args[{index}]"), own.and_then(|own| settle(replaced(arg, own), &lookup)))
            }
        };
        match settled {
            Ok(arg) => args.push(arg),
            Err(message) => violations.push(Violation::new(field, message)),
        }
    }
    let known = |name: &str| args.iter().any(|arg| arg.name == name);
    let unknown = given.iter().map(|given| &given.name).filter(|name| !known(name)).cloned().collect();
    if violations.is_empty() { Ok(Given { args, unknown }) } else { Err(violations) }
}

/// The value a Rollout gives; `None` when it names the argument but says nothing of it.
fn value(arg: &RolloutArgument, lookup: impl Fn(Place<'_>) -> Option<String>) -> Result<Option<String>, String> {
    let name = &arg.name;
    let Some(source) = &arg.value_from else {
        return Ok(arg.value.clone());
    };
    if arg.value.is_some() {
        return Err(format!("argument {name:?} has both value and valueFrom; keep one"));
    }
    match (source.pod_template_hash_value.as_deref(), &source.field_ref) {
        (Some("Stable"), None) => find(name, Place::StableHash, lookup).map(Some),
        (Some("Latest"), None) => find(name, Place::LatestHash, lookup).map(Some),
        (Some(other), None) => Err(format!("argument {name:?}: no revision {other:?}; write Stable or Latest")),
        (None, Some(field)) => find(name, Place::Field(&field.field_path), lookup).map(Some),
        (Some(_), Some(_)) => Err(format!("argument {name:?} has two sources in valueFrom; keep one")),
        (None, None) => Ok(None),
    }
}

fn replaced(arg: Argument, value: Option<String>) -> Argument {
    match value {
        Some(_) => Argument { value, value_from: None, ..arg },
        None => arg,
    }
}

/// Looks up a field that the template itself points at, and refuses an argument that nobody gave a value.
fn settle(arg: Argument, lookup: impl Fn(Place<'_>) -> Option<String>) -> Result<Argument, String> {
    let source = arg.value_from.as_ref();
    if let Some(field) = misspelt(&arg) {
        return Err(format!("argument {:?}: no field {field}", arg.name));
    }
    if arg.value.is_some() || source.is_some_and(|source| source.secret_key_ref.is_some()) {
        return Ok(arg);
    }
    let Some(field) = source.and_then(|source| source.field_ref.as_ref()) else {
        return Err(format!("argument {:?} has no value; give it one, or a default in the template", arg.name));
    };
    let value = find(&arg.name, Place::Field(&field.field_path), lookup)?;
    Ok(replaced(arg, Some(value)))
}

/// Fields nobody knows in what a Rollout gives.
fn misspelt_given((index, arg): (usize, &RolloutArgument)) -> Vec<Violation> {
    let source = arg.value_from.as_ref();
    let field = source.and_then(|source| source.field_ref.as_ref());
    let places = [
        ("", Some(&arg.unknown)),
        (".valueFrom", source.map(|source| &source.unknown)),
        (".valueFrom.fieldRef", field.map(|field| &field.unknown)),
    ];
    let names = places.into_iter().flat_map(|(place, unknown)| {
        unknown.into_iter().flat_map(|unknown| unknown.keys()).map(move |name| format!("args[{index}]{place}.{name}"))
    });
    names.map(|field| Violation::new(field, "there is no such field")).collect()
}

/// A field of an argument that nobody knows.
pub(crate) fn misspelt(arg: &Argument) -> Option<String> {
    let source = arg.value_from.as_ref();
    let secret = source.and_then(|source| source.secret_key_ref.as_ref()).map(|secret| &secret.unknown);
    let field = source.and_then(|source| source.field_ref.as_ref()).map(|field| &field.unknown);
    let places = [
        ("", Some(&arg.unknown)),
        ("valueFrom.", source.map(|source| &source.unknown)),
        ("valueFrom.secretKeyRef.", secret),
        ("valueFrom.fieldRef.", field),
    ];
    let mut names = places.into_iter().filter_map(|(place, unknown)| Some((place, unknown?.keys().next()?)));
    names.next().map(|(place, name)| format!("{place}{name}"))
}

fn find(name: &str, place: Place<'_>, lookup: impl Fn(Place<'_>) -> Option<String>) -> Result<String, String> {
    lookup(place).ok_or_else(|| match place {
        Place::StableHash => format!("argument {name:?}: there is no stable revision yet"),
        Place::LatestHash => format!("argument {name:?}: there is no new revision yet"),
        Place::Field(path) => format!("argument {name:?}: field {path} is not there"),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;
    use sluice_crds::violation::in_lines;

    fn check(template: Value, given: Value, expected: Expect) {
        let given: Vec<RolloutArgument> = serde_json::from_value(given).unwrap();
        let given = give(serde_json::from_value(template).unwrap(), &given, |place| match place {
            Place::StableHash => Some("abc".to_owned()),
            Place::Field("metadata.labels['app']") => Some("web".to_owned()),
            Place::LatestHash | Place::Field(_) => None,
        });
        let text = match given {
            Ok(Given { args, unknown }) => {
                let lines = args.iter().map(|arg| format!("{}\n", serde_json::to_string(arg).unwrap()));
                lines.chain([format!("unknown {unknown:?}\n")]).collect::<String>()
            }
            Err(violations) => in_lines(&violations),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn what_the_rollout_gives_wins_over_the_default() {
        check(
            json!([{"name": "service", "value": "default"}, {"name": "limit", "value": "5"}, {"name": "hash"},
                   {"name": "app"}, {"name": "own", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                   {"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
            json!([{"name": "service", "value": "web"}, {"name": "limit"},
                   {"name": "hash", "valueFrom": {"podTemplateHashValue": "Stable"}},
                   {"name": "app", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}}]),
            expect![[r#"
                {"name":"service","value":"web"}
                {"name":"limit","value":"5"}
                {"name":"hash","value":"abc"}
                {"name":"app","value":"web"}
                {"name":"own","value":"web"}
                {"name":"token","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}
                unknown []
            "#]],
        );
    }

    #[test]
    fn a_plain_value_replaces_a_secret_of_the_template() {
        check(
            json!([{"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
            json!([{"name": "token", "value": "plain"}]),
            expect![[r#"
                {"name":"token","value":"plain"}
                unknown []
            "#]],
        );
    }

    #[test]
    fn an_argument_no_template_has_is_reported() {
        check(
            json!([]),
            json!([{"name": "servcie", "value": "web"}]),
            expect![[r#"
            unknown ["servcie"]
        "#]],
        );
    }

    #[test]
    fn all_arguments_without_a_value_are_reported_at_once() {
        check(
            json!([{"name": "none"}, {"name": "hash"}, {"name": "field"}, {"name": "which"}, {"name": "both"}]),
            json!([{"name": "hash", "valueFrom": {"podTemplateHashValue": "Latest"}},
                   {"name": "field", "valueFrom": {"fieldRef": {"fieldPath": "status.nope"}}},
                   {"name": "which", "valueFrom": {"podTemplateHashValue": "Newest"}},
                   {"name": "both", "value": "1", "valueFrom": {"podTemplateHashValue": "Stable"}}]),
            expect![[r#"
                args: argument "none" has no value; give it one, or a default in the template
                args[0]: argument "hash": there is no new revision yet
                args[1]: argument "field": field status.nope is not there
                args[2]: argument "which": no revision "Newest"; write Stable or Latest
                args[3]: argument "both" has both value and valueFrom; keep one
            "#]],
        );
    }
}
