//! What was found, and how it is told.

use anyhow::Result;
use serde::Serialize;
use sluice_crds::{Application, Violation};

use crate::clean::clean;
use crate::report::Report;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Harm {
    /// Nothing will come of it as it is.
    Mistake,
    /// A project keeps an object out: the whole sync fails before anything is written.
    Blocked,
    /// It works, and may not do what it seems to.
    Doubt,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Finding {
    kind: &'static str,
    name: String,
    harm: Harm,
    field: String,
    message: String,
}

impl Finding {
    /// About an Application.
    pub(crate) fn of(app: &Application, harm: Harm, violation: Violation) -> Self {
        Self::about("Application", super::called(app), harm, violation)
    }

    /// About an object of that kind and name.
    pub(crate) fn about(kind: &'static str, name: String, harm: Harm, violation: Violation) -> Self {
        let Violation { field, message } = violation;
        Self { kind, name, harm, field, message }
    }

    fn line(&self) -> String {
        let Self { kind, name, harm, field, message } = self;
        let before = match harm {
            Harm::Mistake => "",
            Harm::Blocked => "blocked: ",
            Harm::Doubt => "warning: ",
        };
        let colon = if field.is_empty() { "" } else { ": " };
        clean(&format!("{before}{kind} {name}: {field}{colon}{message}")).into_owned()
    }
}

/// All of it; warnings alone are no failure.
pub(super) fn report(mut findings: Vec<Finding>, looked_at: usize) -> Result<Report> {
    findings.sort();
    findings.dedup();
    let mut report = Report::of(findings.iter().map(Finding::line).collect(), &findings)?;
    let count = |harm| findings.iter().filter(|finding| finding.harm == harm).count();
    match (count(Harm::Mistake), count(Harm::Blocked)) {
        (0, 0) if looked_at == 0 => report.errors.push("there is no Application and no AppProject in it".to_owned()),
        (0, 0) => {}
        (mistakes, blocked) => {
            let some = |count: usize, one: &str, many: &str| match count {
                0 => None,
                1 => Some(format!("1 {one}")),
                count => Some(format!("{count} {many}")),
            };
            let parts = [some(mistakes, "mistake", "mistakes"), some(blocked, "object blocked", "objects blocked")];
            report.errors.push(parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
        }
    }
    Ok(report)
}
