//! Kinds that may be deployed.

use sluice_crds::{AppProjectSpec, ClusterResource, GroupKind};

use crate::Key;
use crate::check::Checker;
use crate::glob::Glob;
use crate::project::MOST;

/// Which kinds may be deployed: those of the whole cluster only if a list has them, those of namespaces unless a list lacks
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    cluster_allowed: Vec<Item>,
    cluster_refused: Vec<Item>,
    /// `None`: all.
    namespaced_allowed: Option<Vec<Item>>,
    namespaced_refused: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    group: Glob,
    kind: Glob,
    name: Option<Glob>,
}

impl Kinds {
    pub(super) fn read(check: &mut Checker, spec: &AppProjectSpec) -> Self {
        let allowed = spec.namespace_resource_whitelist.as_ref();
        Self {
            cluster_allowed: cluster(check, "spec.clusterResourceWhitelist", &spec.cluster_resource_whitelist),
            cluster_refused: cluster(check, "spec.clusterResourceBlacklist", &spec.cluster_resource_blacklist),
            namespaced_allowed: allowed.map(|list| namespaced(check, "spec.namespaceResourceWhitelist", list)),
            namespaced_refused: namespaced(
                check,
                "spec.namespaceResourceBlacklist",
                &spec.namespace_resource_blacklist,
            ),
        }
    }

    /// Whether objects like this one may be written; otherwise the field that says no, and why.
    pub(super) fn permits(&self, key: &Key) -> Result<(), (&'static str, String)> {
        let fits = |items: &[Item]| items.iter().any(|item| item.fits(key));
        let (allowed, refused, lists) = if key.namespace.is_empty() {
            (fits(&self.cluster_allowed), fits(&self.cluster_refused), CLUSTER)
        } else {
            let allowed = self.namespaced_allowed.as_ref().is_none_or(|items| fits(items));
            (allowed, fits(&self.namespaced_refused), NAMESPACED)
        };
        match (allowed, refused) {
            (true, false) => Ok(()),
            (true, true) => Err((lists[1], format!("{key} is of a kind that is refused"))),
            (false, _) => Err((lists[0], format!("{key} is of a kind that is not allowed; add {}", entry(key)))),
        }
    }
}

const CLUSTER: [&str; 2] = ["spec.clusterResourceWhitelist", "spec.clusterResourceBlacklist"];
const NAMESPACED: [&str; 2] = ["spec.namespaceResourceWhitelist", "spec.namespaceResourceBlacklist"];

fn entry(key: &Key) -> String {
    format!("{{group: {:?}, kind: {}}}", key.group, key.kind)
}

impl Item {
    fn fits(&self, key: &Key) -> bool {
        self.kind.is_match(&key.kind)
            && self.group.is_match(&key.group)
            && self.name.as_ref().is_none_or(|name| name.is_match(&key.name))
    }
}

fn cluster(check: &mut Checker, field: &str, list: &[ClusterResource]) -> Vec<Item> {
    check.count(field, list.len(), MOST);
    let each = list.iter().take(MOST).enumerate();
    each.filter_map(|(at, one)| {
        let here = format!("{field}[{at}]");
        check.unknown(&here, &one.unknown);
        item(check, &here, &one.group, &one.kind, one.name.as_deref())
    })
    .collect()
}

fn namespaced(check: &mut Checker, field: &str, list: &[GroupKind]) -> Vec<Item> {
    check.count(field, list.len(), MOST);
    let each = list.iter().take(MOST).enumerate();
    each.filter_map(|(at, one)| {
        let here = format!("{field}[{at}]");
        check.unknown(&here, &one.unknown);
        item(check, &here, &one.group, &one.kind, None)
    })
    .collect()
}

fn item(check: &mut Checker, field: &str, group: &str, kind: &str, name: Option<&str>) -> Option<Item> {
    let mut read = |part: &str, text: &str| {
        let glob = Glob::of_kinds(text);
        glob.map_err(|error| check.wrong(&format!("{field}.{part}"), format!("{text:?} {error}"))).ok()
    };
    let (group, kind) = (read("group", group), read("kind", kind));
    let name = name.filter(|name| !name.is_empty()).map(|name| read("name", name));
    Some(Item { group: group?, kind: kind?, name: name.map_or(Some(None), |name| name.map(Some))? })
}
