//! Git by ssh.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sluice_e2e::process::Process;
use sluice_e2e::tools::Tools;
use tokio::process::Command;

/// A server of the repositories in a folder, for whoever has its key. Dropping it ends it.
pub(crate) struct Ssh {
    _process: Process,
    port: u16,
    host_key: String,
    key: String,
}

impl Ssh {
    pub(crate) async fn start(tools: &Tools, root: &Path, logs: &Path) -> Result<Self> {
        let file = root.join("key");
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&file).status().await;
        ensure!(made.context("start ssh-keygen")?.success(), "ssh-keygen makes no key");
        let mut command = Command::new(tools.sshd());
        command.arg(root).arg(root.join("key.pub"));
        let mut process = Process::spawn("sshd", &mut command, logs)?;
        let log = logs.join("sshd.log");
        let told = || std::fs::read_to_string(&log).unwrap_or_default();
        process.until_ready(Duration::from_secs(20), || async { told().lines().count() >= 2 }).await?;
        let told = told();
        let mut lines = told.lines();
        let port =
            lines.next().context("the ssh server told no port")?.parse().context("read the ssh server's port")?;
        let host_key = lines.next().context("the ssh server told no key")?.to_owned();
        let key = std::fs::read_to_string(&file).context("read the key")?;
        Ok(Self { _process: process, port, host_key, key })
    }

    /// The address that all repositories are below.
    pub(crate) fn url(&self) -> String {
        format!("ssh://git@127.0.0.1:{}", self.port)
    }

    /// The private key that may log in.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The line of `known_hosts`.
    pub(crate) fn known_hosts(&self) -> String {
        format!("[127.0.0.1]:{} {}\n", self.port, self.host_key)
    }
}
