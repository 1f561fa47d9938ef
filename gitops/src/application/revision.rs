//! Commits, of one source or of several.

use std::fmt;

use sluice_crds::{SyncOperation, SyncResult, SyncStatus};

/// Whether it is a full hash of a commit, SHA-1 or SHA-256: others are versions of charts, or objects that came with an operation.
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// One commit or version for each source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision(pub Vec<String>);

impl Revision {
    /// Read from its two fields: that of one source, and that of several.
    fn read(one: &str, several: &[String]) -> Option<Self> {
        match (one, several) {
            ("", []) => None,
            (one, []) => Some(Self(vec![one.to_owned()])),
            (_, several) => Some(Self(several.to_vec())),
        }
    }

    /// The field for one source.
    pub fn one(&self) -> String {
        match self.0.as_slice() {
            [one] => one.clone(),
            _ => String::new(),
        }
    }

    /// The field for several.
    pub fn several(&self) -> Vec<String> {
        if self.0.len() > 1 { self.0.clone() } else { Vec::new() }
    }

    /// What an operation asks for; `None`: what the sources say.
    pub fn asked(sync: &SyncOperation) -> Option<Self> {
        Self::read(sync.revision.as_deref().unwrap_or_default(), &sync.revisions)
    }

    /// What an operation did.
    pub fn done(result: &SyncResult) -> Option<Self> {
        Self::read(&result.revision, &result.revisions)
    }

    /// What was compared last.
    pub fn compared(sync: &SyncStatus) -> Option<Self> {
        Self::read(sync.revision.as_deref().unwrap_or_default(), &sync.revisions)
    }

    /// The commits as people write them: seven letters of each.
    pub fn short(&self) -> String {
        let each = self.0.iter().map(|one| {
            let is_commit = one.len() >= 40 && one.chars().all(|c| c.is_ascii_hexdigit());
            if is_commit { one.chars().take(7).collect() } else { one.clone() }
        });
        each.collect::<Vec<String>>().join(",")
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}
