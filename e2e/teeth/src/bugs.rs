//! Every planted bug.

mod abort;
mod analysis;
mod lender;
mod pods;
mod policy;
mod process;
mod route;
mod steps;
mod writes;

use crate::bug::Bug;

/// All of them.
pub(crate) fn all() -> Vec<Bug> {
    let release = [route::BUGS, pods::BUGS, abort::BUGS, steps::BUGS, analysis::BUGS, policy::BUGS];
    let process = [writes::BUGS, process::BUGS, lender::BUGS];
    [release.concat(), process.concat()].concat()
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
}
