//! Waiting for something to become so.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// Longer than anything here takes on a busy machine; reaching it is a failure, never a measurement.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Asks `look` again and again until it has a value. Fails, naming `what`, after [`PATIENCE`].
pub async fn until<T, F>(what: &str, look: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = look().await {
            return Ok(value);
        }
        if Instant::now() > deadline {
            bail!("{what}: not so after {PATIENCE:?}");
        }
        sleep(Duration::from_millis(50)).await;
    }
}
