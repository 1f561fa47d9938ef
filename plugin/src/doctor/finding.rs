//! What was found, and what to do about it.

use anyhow::Result;
use serde::Serialize;

use crate::clean::clean;
use crate::report::Report;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Health {
    /// As it should be.
    Good,
    /// Something may be lacking, or cannot be told.
    Doubtful,
    /// Sluice, or this user, cannot work so.
    Broken,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    what: String,
    health: Health,
    says: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Finding {
    /// All is well with it.
    pub(super) fn good(what: impl Into<String>, says: impl Into<String>) -> Self {
        Self { what: what.into(), health: Health::Good, says: says.into(), mend: None }
    }

    /// Somebody should look at it.
    pub(super) fn doubtful(what: impl Into<String>, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), health: Health::Doubtful, says: says.into(), mend: Some(mend.into()) }
    }

    /// It has to be mended.
    pub(super) fn broken(what: impl Into<String>, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), health: Health::Broken, says: says.into(), mend: Some(mend.into()) }
    }

    fn lines(&self) -> Vec<String> {
        let sign = match self.health {
            Health::Good => '✔',
            Health::Doubtful => '⚠',
            Health::Broken => '✖',
        };
        let line = format!("{sign} {}: {}", self.what, self.says);
        std::iter::once(line).chain(self.mend.iter().map(|mend| format!("    {mend}"))).collect()
    }
}

/// Why a request failed, in one line: of a refusal its message only.
pub(super) fn why(error: &kube::Error) -> String {
    let text = match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    };
    clean(text.trim()).into_owned()
}

/// What is told of them, and of what failed.
#[cfg(test)]
pub(super) fn told(findings: &[Finding]) -> String {
    let report = report(findings).unwrap();
    [report.lines, report.errors].concat().join("\n")
}

/// All of it; a failure where anything is broken.
pub(super) fn report(findings: &[Finding]) -> Result<Report> {
    let lines = findings.iter().flat_map(Finding::lines).collect();
    let mut report = Report::of(lines, &findings)?;
    let broken = findings.iter().filter(|finding| finding.health == Health::Broken).count();
    if broken > 0 {
        report.errors.push(format!("{broken} to mend"));
    }
    Ok(report)
}
