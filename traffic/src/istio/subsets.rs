//! A DestinationRule's subsets: they select revisions as Services do elsewhere.

use serde_json::{Value, json};

use crate::{Live, Mismatch, Object, Write, edit};

/// The subsets that are the arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subsets {
    /// The DestinationRule.
    pub rule: Object,
    /// The canary's subset.
    pub canary: String,
    /// The stable subset.
    pub stable: String,
    /// Subsets whose fixed weight is taken from the stable one's.
    pub additional: Vec<String>,
}

impl Subsets {
    /// Whether both subsets are there, once each.
    pub fn check(&self, live: &Live) -> Result<(), Mismatch> {
        let rule = live.get(&self.rule)?;
        self.find(rule, &self.canary)?;
        self.find(rule, &self.stable)?;
        Ok(())
    }

    /// The value that a subset selects of a label.
    pub fn selects<'a>(&self, live: &'a Live, subset: &str, label: &str) -> Result<Option<&'a str>, Mismatch> {
        let rule = live.get(&self.rule)?;
        let at = self.find(rule, subset)?;
        let labels = edit::list(rule, "/spec/subsets").get(at).and_then(|subset| subset.get("labels"));
        Ok(labels.and_then(|labels| edit::text(labels, label)))
    }

    /// What makes a subset select that value of a label, and notes in an annotation whose the rule is.
    pub fn point(
        &self,
        live: &Live,
        subset: &str,
        (label, value): (&str, &str),
        (annotation, owner): (&str, &str),
    ) -> Result<Option<Write>, Mismatch> {
        let rule = live.get(&self.rule)?;
        let at = self.find(rule, subset)?;
        if let Some(other) = edit::annotation(rule, annotation).filter(|other| *other != owner) {
            return Err(self.rule.mismatch(format!("is managed by Rollout {other}; give each Rollout its own")));
        }
        let mut wanted = rule.clone();
        if let Some(subset) = wanted.pointer_mut(&format!("/spec/subsets/{at}")) {
            edit::set(subset, &["labels", label], json!(value));
        }
        if let Some(annotations) = edit::annotations(&mut wanted) {
            annotations.insert(annotation.to_owned(), json!(owner));
        }
        Ok(edit::patch(&self.rule, rule, &wanted))
    }

    fn find(&self, rule: &Value, name: &str) -> Result<usize, Mismatch> {
        let subsets = edit::list(rule, "/spec/subsets");
        let mut found = subsets.iter().enumerate().filter(|(_, subset)| edit::text(subset, "name") == Some(name));
        let first = found.next().ok_or_else(|| {
            let listed = edit::names(subsets.iter().filter_map(|subset| edit::text(subset, "name")));
            self.rule.mismatch(format!(
                "spec.subsets has no \"{name}\", only {listed}; add it, with the labels of your pods"
            ))
        })?;
        match found.next() {
            None => Ok(first.0),
            Some(_) => Err(self.rule.mismatch(format!("spec.subsets has \"{name}\" twice; leave one"))),
        }
    }
}
