//! The arguments of a run, with their values, secrets among them.

use std::{collections::BTreeMap, fmt};

use sluice_crds::Argument;

use crate::{given::misspelt, secrets::Secrets};
use sluice_crds::violation::Violation;

/// A key of a Secret that an argument's value stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretRef {
    /// The Secret, in the run's namespace.
    pub name: String,
    /// The key in it.
    pub key: String,
}

/// The secrets a run needs. Whoever runs it reads them afresh before each measurement.
pub fn secrets_needed(args: &[Argument]) -> Vec<SecretRef> {
    let mut needed: Vec<SecretRef> = args.iter().filter_map(secret_of).collect();
    needed.sort();
    needed.dedup();
    needed
}

fn secret_of(arg: &Argument) -> Option<SecretRef> {
    let secret = arg.value_from.as_ref()?.secret_key_ref.as_ref()?;
    Some(SecretRef { name: secret.name.clone(), key: secret.key.clone() })
}

/// Arguments by name. Its debug form shows no values, as some are secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Args {
    values: BTreeMap<String, String>,
    secrets: Secrets,
}

impl Args {
    /// Arguments with plain values.
    pub fn of<const N: usize>(values: [(&str, &str); N]) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { values: values.collect(), secrets: Secrets::default() }
    }

    /// Finds the value of every argument, or says which have none.
    pub fn resolve(args: &[Argument], secret: impl Fn(&SecretRef) -> Option<String>) -> Result<Self, Vec<Violation>> {
        let mut resolved = Self::default();
        let mut violations = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            if let Err(message) = resolved.add(arg, &secret) {
                violations.push(Violation::new(format!("args[{index}]"), message));
            }
        }
        if violations.is_empty() { Ok(resolved) } else { Err(violations) }
    }

    fn add(&mut self, arg: &Argument, secret: impl Fn(&SecretRef) -> Option<String>) -> Result<(), String> {
        let name = &arg.name;
        if let Some(field) = misspelt(arg) {
            return Err(format!("argument {name:?}: no field {field}"));
        }
        let value = match (&arg.value, &arg.value_from) {
            (Some(_), Some(_)) => {
                return Err(format!("argument {name:?} has both value and valueFrom; keep one"));
            }
            (Some(value), None) => value.clone(),
            (None, _) => {
                let wanted = secret_of(arg).ok_or_else(|| format!("argument {name:?} has no value; give it one"))?;
                let value = secret(&wanted).ok_or_else(|| {
                    format!(
                        "argument {name:?} needs key {:?} of Secret {:?}, which is not there",
                        wanted.key, wanted.name
                    )
                })?;
                self.secrets.add(&value);
                value
            }
        };
        match self.values.insert(name.clone(), value) {
            Some(_) => Err(format!("argument {name:?} is given twice")),
            None => Ok(()),
        }
    }

    /// The value of an argument.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The text without the secrets in it. Everything that is recorded or logged goes through here.
    pub fn redact(&self, text: &str) -> String {
        self.secrets.redact(text)
    }
}

impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;
    use sluice_crds::violation::in_lines;

    fn resolve(args: Value) -> Result<Args, Vec<Violation>> {
        let args: Vec<Argument> = serde_json::from_value(args).unwrap();
        Args::resolve(&args, |secret| match (secret.name.as_str(), secret.key.as_str()) {
            ("prometheus", "token") => Some("s3cr3t".to_owned()),
            ("prometheus", "short") => Some("s3".to_owned()),
            ("prometheus", "empty") => Some(String::new()),
            ("prometheus", "quotes") => Some("a\"b\n".to_owned()),
            _ => None,
        })
    }

    fn from_secret(name: &str, key: &str) -> Value {
        json!({"name": name, "valueFrom": {"secretKeyRef": {"name": "prometheus", "key": key}}})
    }

    fn check_refused(args: Value, expected: Expect) {
        let violations = resolve(args).unwrap_err();
        expected.assert_eq(&in_lines(&violations));
    }

    #[test]
    fn secrets_are_asked_for_once_each() {
        let args = json!([from_secret("a", "token"), from_secret("b", "token"), {"name": "c", "value": "x"}]);
        let args: Vec<Argument> = serde_json::from_value(args).unwrap();
        assert_eq!(secrets_needed(&args), [SecretRef { name: "prometheus".to_owned(), key: "token".to_owned() }]);
    }

    #[test]
    fn no_part_of_a_secret_is_ever_shown() {
        let args = resolve(json!([from_secret("a", "short"), from_secret("b", "token"), from_secret("c", "empty")]));
        let args = args.unwrap();
        assert_eq!(args.get("b"), Some("s3cr3t"));
        assert_eq!(args.redact("token s3cr3t, s3 of c"), "token *****, ***** of c");
        assert_eq!(format!("{args:?}"), r#"{"a", "b", "c"}"#);
    }

    #[test]
    fn a_secret_that_a_message_quotes_is_not_shown_either() {
        let args = resolve(json!([from_secret("a", "quotes")])).unwrap();
        assert_eq!(args.redact(&format!("{:?} is no duration", args.get("a").unwrap())), "\"*****\" is no duration");
    }

    #[test]
    fn every_argument_without_a_value_is_named() {
        check_refused(
            json!([
                {"name": "service"},
                from_secret("token", "nope"),
                {"name": "both", "value": "1", "valueFrom": {"secretKeyRef": {"name": "prometheus", "key": "token"}}},
                {"name": "twice", "value": "1"},
                {"name": "twice", "value": "2"},
                {"name": "field", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ]),
            expect![[r#"
                args[0]: argument "service" has no value; give it one
                args[1]: argument "token" needs key "nope" of Secret "prometheus", which is not there
                args[2]: argument "both" has both value and valueFrom; keep one
                args[4]: argument "twice" is given twice
                args[5]: argument "field" has no value; give it one
            "#]],
        );
    }
}
