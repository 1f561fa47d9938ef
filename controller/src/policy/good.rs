//! The good forms of policies that were seen, in memory: while the newest form has mistakes, the one before stays in force whatever
//! becomes of the note on the ConfigMap.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kube::ResourceExt;
use sluice_crds::names::annotation;

use crate::caches::{Form, PolicyMap};
use crate::key::Key;

/// The last good form of each policy. A ConfigMap that was made anew has none of the one before.
#[derive(Debug, Default)]
pub struct Good(Mutex<BTreeMap<Key, Seen>>);

#[derive(Debug)]
struct Seen {
    uid: Option<String>,
    form: Form,
    /// The note that stood beside it.
    noted: Option<String>,
}

impl Good {
    /// Keeps in mind what is in force, as a policy comes: its newest form, if that is good; else what was noted, unless that note was
    /// there when something newer came. A note that moved is news of a form that this process did not see, as a standby may not.
    pub fn remember(&self, policy: &PolicyMap) {
        let (key, uid) = (Key::of(policy), policy.uid());
        let noted = policy.annotations().get(annotation::LAST_GOOD).cloned();
        let mut all = self.lock();
        let known = all.remove(&key).filter(|seen| seen.uid == uid);
        let is_newer = |seen: &Seen| policy.broken.is_some() && (noted.is_none() || noted == seen.noted);
        let form = match known {
            Some(seen) if is_newer(&seen) || policy.form.is_none() => Some(seen.form),
            _ => policy.form.clone(),
        };
        if let Some(form) = form {
            all.insert(key, Seen { uid, form, noted });
        }
    }

    /// The policy is gone.
    pub fn forget(&self, key: &Key) {
        self.lock().remove(key);
    }

    /// What is in force.
    pub fn in_force(&self, policy: &PolicyMap) -> Option<Form> {
        if policy.broken.is_none() {
            return policy.form.clone();
        }
        let all = self.lock();
        let seen = all.get(&Key::of(policy)).filter(|seen| seen.uid == policy.uid());
        seen.map(|seen| seen.form.clone()).or_else(|| policy.form.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
