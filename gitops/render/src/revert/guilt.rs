//! What is undone of a branch.

use sluice_gitops::application::revert::Revert;

/// What brought a release that was taken back.
pub(super) struct Guilt {
    /// The end of the branch.
    pub tip: String,
    /// The commit that was deployed before.
    pub before: String,
    /// The commits since then that changed something of it, the newest first.
    pub commits: Vec<String>,
    /// What of them is undone, as git reads paths; empty: all.
    pub paths: Vec<String>,
}

impl Guilt {
    /// What people read first.
    pub(super) fn title(&self) -> String {
        let newest = self.commits.first().map(String::as_str).unwrap_or_default();
        let newest = newest.get(..7).unwrap_or(newest);
        match self.commits.len() {
            0 | 1 => format!("Revert {newest}"),
            several => format!("Revert {newest} and {} before it", several - 1),
        }
    }

    /// What people read of it. The first sentences are those that git itself writes, and that are looked for.
    pub(super) fn text(&self, revert: &Revert) -> String {
        let each = self.commits.iter().map(|commit| format!("This reverts commit {commit}.\n"));
        let commits: String = each.collect();
        let within = if self.paths.is_empty() {
            String::new()
        } else {
            "Only what the Application is known to read of it is undone.\n\n".to_owned()
        };
        format!("{commits}\n{within}{}\n", revert.why)
    }
}
