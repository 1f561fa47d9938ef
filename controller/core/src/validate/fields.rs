//! What all parts of a spec are checked for, and the list of what was found.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use sluice_crds::{IntOrString, RolloutAnalysis, TemplateRef, Unknown, Violation};

use super::metadata;

/// Collects violations while a spec is read.
#[derive(Default)]
pub(crate) struct Checker {
    found: Vec<Violation>,
}

impl Checker {
    /// Notes a mistake.
    pub(crate) fn wrong(&mut self, field: &str, message: impl std::fmt::Display) {
        self.found.push(Violation::new(field, message));
    }

    /// Notes a field that the API knows and Sluice does not act on.
    pub(crate) fn unsupported(&mut self, field: &str, present: bool) {
        if present {
            self.wrong(field, "is not supported by this version of Sluice; remove it");
        }
    }

    /// Notes every field that the API does not know.
    pub(crate) fn unknown(&mut self, path: &str, unknown: &Unknown) {
        for name in unknown.keys() {
            self.wrong(&format!("{path}.{name}"), "is no field of this API; correct its name or remove it");
        }
    }

    /// A whole number that is not below zero.
    pub(crate) fn count(&mut self, field: &str, value: Option<i32>, default: u32) -> u32 {
        match value.map(u32::try_from) {
            None => default,
            Some(Ok(count)) => count,
            Some(Err(_)) => {
                self.wrong(field, format!("is {}; must be 0 or more", value.unwrap_or_default()));
                default
            }
        }
    }

    /// A number of seconds.
    pub(crate) fn seconds(&mut self, field: &str, value: Option<i32>, default: u32) -> SignedDuration {
        SignedDuration::from_secs(self.count(field, value, default).into())
    }

    /// A name that must not be empty.
    pub(crate) fn name(&mut self, field: &str, value: Option<&String>) -> Option<String> {
        let name = value.filter(|name| !name.is_empty()).cloned();
        if value.is_some() && name.is_none() {
            self.wrong(field, "is empty");
        }
        name
    }

    /// A number of pods, or a percentage of `replicas`.
    ///
    /// Text is a percentage with or without the sign, as the established controller reads it.
    pub(crate) fn pods(&mut self, field: &str, value: Option<&IntOrString>, replicas: u32, round: Round) -> u32 {
        let percent = match value {
            None => 25,
            Some(IntOrString::Int(pods)) => return self.count(field, Some(*pods), 0),
            Some(IntOrString::String(text)) => {
                let Ok(percent) = text.trim_end_matches('%').parse::<u32>() else {
                    self.wrong(field, format!("is {text:?}; write a number of pods or a percentage such as \"25%\""));
                    return 0;
                };
                percent
            }
        };
        let hundredths = u64::from(percent) * u64::from(replicas);
        let pods = match round {
            Round::Up => hundredths.div_ceil(100),
            Round::Down => hundredths / 100,
        };
        u32::try_from(pods).unwrap_or(u32::MAX)
    }

    /// An analysis block: at least one named template.
    pub(crate) fn analysis(&mut self, field: &str, analysis: &RolloutAnalysis) {
        self.unknown(field, &analysis.unknown);
        if analysis.templates.is_empty() {
            self.wrong(&format!("{field}.templates"), "is empty; name at least one AnalysisTemplate");
        }
        for (at, template) in analysis.templates.iter().enumerate() {
            self.template(&format!("{field}.templates[{at}]"), template);
        }
        metadata::check(self, &format!("{field}.analysisRunMetadata"), &analysis.analysis_run_metadata);
        let mut names = BTreeSet::new();
        for (at, arg) in analysis.args.iter().enumerate() {
            if !names.insert(&arg.name) {
                self.wrong(&format!("{field}.args[{at}].name"), format!("{:?} is given twice", arg.name));
            }
        }
    }

    fn template(&mut self, field: &str, template: &TemplateRef) {
        if template.template_name.is_empty() {
            self.wrong(&format!("{field}.templateName"), "is empty");
        }
    }

    /// What was checked, if nothing was found.
    pub(crate) fn finish<T>(self, checked: Option<T>) -> Result<T, Vec<Violation>> {
        match checked {
            Some(checked) if self.found.is_empty() => Ok(checked),
            _ => Err(self.found),
        }
    }
}

/// Which way a share of pods is rounded.
#[derive(Clone, Copy)]
pub(crate) enum Round {
    /// For what may be too many: a surge.
    Up,
    /// For what may be missing.
    Down,
}
