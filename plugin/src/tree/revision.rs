//! Revisions: what carries the same number, newest first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sluice_orders::own::{hash, is_owned, number};

use super::node::Node;
use super::text::Text;
use super::{analysis, created, experiment, replica_set};
use crate::seen::Seen;

/// One node for each revision, newest first.
pub(crate) fn nodes(seen: &Seen) -> Vec<Node> {
    let mut revisions: BTreeMap<Reverse<u64>, Vec<Node>> = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    for replica_set in seen.revisions() {
        let number = number(replica_set).unwrap_or(0);
        numbers.extend(hash(replica_set).map(|hash| (hash.to_owned(), number)));
        revisions.entry(Reverse(number)).or_default().push(replica_set::node(seen, replica_set));
    }
    let mut runs: Vec<_> = seen.runs.iter().filter(|run| is_owned(*run, &seen.rollout)).collect();
    runs.sort_by_key(|run| created(*run));
    for run in runs {
        let of_hash = || hash(run).and_then(|hash| numbers.get(hash).copied());
        let number = number(run).or_else(of_hash).unwrap_or(0);
        revisions.entry(Reverse(number)).or_default().push(analysis::node(run));
    }
    let mut experiments: Vec<_> = seen.experiments.iter().filter(|one| is_owned(*one, &seen.rollout)).collect();
    experiments.sort_by_key(|one| created(*one));
    for one in experiments {
        let of_hash = || hash(one).and_then(|hash| numbers.get(hash).copied());
        let number = number(one).or_else(of_hash).unwrap_or(0);
        revisions.entry(Reverse(number)).or_default().push(experiment::node(one, &seen.trials));
    }
    revisions.into_iter().map(|(Reverse(number), children)| node(number, children)).collect()
}

fn node(number: u64, children: Vec<Node>) -> Node {
    Node {
        glyph: '#',
        name: Text::plain(format!("revision:{number}")),
        kind: "".into(),
        status: None,
        created: None,
        info: Vec::new(),
        children,
    }
}
