//! Who has to look again a little later, because something could not be asked for now.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sluice_gitops::Key;
use tokio::time::sleep;

use crate::cluster::Cluster;
use crate::store::Told;

/// How much later.
const LATER: Duration = Duration::from_secs(5);

/// Those that are going to be told, each once.
#[derive(Default)]
pub(crate) struct Later(Mutex<BTreeSet<Arc<str>>>);

impl Later {
    /// Those of them that nobody is about to tell yet.
    fn add(&self, instances: Told) -> Told {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        instances.into_iter().filter(|instance| waiting.insert(instance.clone())).collect()
    }

    fn take(&self, instances: &Told) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|instance| !instances.contains(instance));
    }
}

/// Has those who want an object look a little later.
pub(crate) fn look(cluster: &Arc<Cluster>, key: &Key) {
    let new = cluster.later.add(cluster.store().wanting_one(key));
    if new.is_empty() {
        return;
    }
    let of = cluster.clone();
    let task = tokio::spawn(async move {
        sleep(LATER).await;
        of.later.take(&new);
        of.tell(new);
    });
    drop(task);
}
