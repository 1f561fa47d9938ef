//! Where an Application deploys to.

use sluice_crds::Destination as Written;

use crate::check::Checker;
use crate::spec::{Cluster, Destination};

pub(super) fn read(check: &mut Checker, written: &Written) -> Option<Destination> {
    let field = "spec.destination";
    check.ignored(field, &written.unknown);
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let cluster = match (said(&written.server), said(&written.name)) {
        (Some(_), Some(_)) => {
            check.wrong(field, "names the cluster twice; write server or name");
            None
        }
        (Some(server), None) => Some(Cluster::Server(server.trim_end_matches('/').to_owned())),
        (None, Some(name)) => Some(Cluster::Name(name)),
        (None, None) => {
            check.wrong(field, "names no cluster; write server: https://kubernetes.default.svc for this one");
            None
        }
    };
    let namespace = written.namespace.clone().unwrap_or_default();
    if !namespace.is_empty() && !is_label(&namespace) {
        let text = format!("is {namespace:?}; write at most 63 lower-case letters, digits and -");
        check.wrong(&format!("{field}.namespace"), text);
    }
    cluster.map(|cluster| Destination { cluster, namespace })
}

fn is_label(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= 63 && text.chars().all(legal) && !text.starts_with('-') && !text.ends_with('-')
}
