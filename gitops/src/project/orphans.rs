//! Objects that belong to no Application.

use sluice_crds::OrphanedResources;

use crate::Key;
use crate::check::Checker;
use crate::glob::Glob;
use crate::project::MOST;

/// Which objects may belong to none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Whether a condition says how many there are.
    pub warn: bool,
    ignored: Vec<[Glob; 3]>,
}

impl Orphans {
    pub(super) fn read(check: &mut Checker, spec: &OrphanedResources) -> Self {
        let field = "spec.orphanedResources";
        check.unknown(field, &spec.unknown);
        check.count(&format!("{field}.ignore"), spec.ignore.len(), MOST);
        let mut ignored = Vec::new();
        for (at, one) in spec.ignore.iter().take(MOST).enumerate() {
            let here = format!("{field}.ignore[{at}]");
            check.unknown(&here, &one.unknown);
            let mut read = |part: &str, text: Option<&String>, left_out: &str| {
                let text = text.map_or(left_out, String::as_str);
                let glob = Glob::of_names(text);
                glob.map_err(|error| check.wrong(&format!("{here}.{part}"), format!("{text:?} {error}"))).ok()
            };
            let group = read("group", one.group.as_ref(), "");
            let kind = read("kind", one.kind.as_ref(), "*");
            let name = read("name", one.name.as_ref(), "*");
            ignored.extend(group.zip(kind).zip(name).map(|((group, kind), name)| [group, kind, name]));
        }
        Self { warn: spec.warn.unwrap_or(true), ignored }
    }

    /// Whether an object that belongs to no Application is worth a word: what every namespace has is not.
    pub fn counts(&self, key: &Key) -> bool {
        let [service, account, config] =
            [("Service", "kubernetes"), ("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")]
                .map(|(kind, name)| key.is("", kind) && key.name == name);
        let ignored = self.ignored.iter().any(|[group, kind, name]| {
            group.is_match(&key.group) && kind.is_match(&key.kind) && name.is_match(&key.name)
        });
        !(service || account || config || ignored)
    }
}
