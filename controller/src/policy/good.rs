//! The good forms of policies that were seen, in memory: while the newest form has mistakes, the one before stays in force whatever
//! becomes of the note on the ConfigMap.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kube::ResourceExt;

use crate::caches::{Form, PolicyMap};
use crate::key::Key;

/// The last good form of each policy. A ConfigMap that was made anew has none of the one before.
#[derive(Debug, Default)]
pub struct Good(Mutex<BTreeMap<Key, Seen>>);

#[derive(Debug)]
struct Seen {
    uid: Option<String>,
    form: Form,
}

impl Good {
    /// Keeps in mind what is in force, as a policy comes: its newest form, if that is good; else what was noted, unless something
    /// newer is in mind.
    pub fn remember(&self, policy: &PolicyMap) {
        let (key, uid) = (Key::of(policy), policy.uid());
        let mut all = self.lock();
        let is_known = all.get(&key).is_some_and(|seen| seen.uid == uid);
        match &policy.form {
            Some(form) if policy.broken.is_none() || !is_known => {
                all.insert(key, Seen { uid, form: form.clone() });
            }
            None if !is_known => {
                all.remove(&key);
            }
            _ => {}
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
