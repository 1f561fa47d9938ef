//! Objects that are wanted, and of which only is known that they are there: read one by one.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use tokio::time::sleep;

use crate::cluster::Cluster;

/// How many are read at once.
const AT_ONCE: usize = 8;
/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads what there is to read, for ever.
pub(crate) async fn run(cluster: Arc<Cluster>) {
    loop {
        cluster.reads.notified().await;
        while !all_read(&cluster).await {
            sleep(PAUSE).await;
        }
    }
}

async fn all_read(cluster: &Arc<Cluster>) -> bool {
    let keys = cluster.store().to_read();
    let read = |key| async move { cluster.read(&key).await.is_ok() };
    let read: Vec<bool> = stream::iter(keys).map(read).buffer_unordered(AT_ONCE).collect().await;
    read.iter().all(|is_read| *is_read)
}
