//! Every planted bug.

mod abort;
mod analysis;
mod applications;
mod lender;
mod pods;
mod policy;
mod process;
mod route;
mod steps;
mod writes;

use crate::bug::{Bug, Storms};

/// Those that storms of some kind are to find.
pub(crate) fn of(storms: Storms) -> Vec<Bug> {
    let release = [route::BUGS, pods::BUGS, abort::BUGS, steps::BUGS, analysis::BUGS, policy::BUGS];
    let process = [writes::BUGS, process::BUGS, lender::BUGS];
    match storms {
        Storms::Rollouts => [release.concat(), process.concat()].concat(),
        Storms::Applications => applications::BUGS.to_vec(),
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Bug> {
    Storms::ALL.into_iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_bug_has_a_name_of_its_own_and_is_at_work_only_when_planted() {
        let names: BTreeSet<&str> = all().iter().map(|bug| bug.name).collect();
        assert_eq!(names.len(), all().len());
        for bug in all() {
            assert!(bug.edits.iter().all(|edit| edit.put.contains("planted()")), "{}", bug.name);
        }
    }

    /// Whoever changes a line that a bug is planted in is told now, and not once the storms are to find it.
    #[test]
    fn each_edit_finds_its_place_once() {
        let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        for (bug, edit) in all().iter().flat_map(|bug| bug.edits.iter().map(move |edit| (bug, edit))) {
            let text = std::fs::read_to_string(format!("{tree}/{}", edit.file)).unwrap();
            let found = text.matches(edit.find).count();
            assert_eq!(found, 1, "{}: {:?} in {}", bug.name, edit.find, edit.file);
        }
    }
}
