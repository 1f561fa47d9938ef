//! What one run of git is told: nothing of its user's, and credentials in files and variables that nobody else sees.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{GitRequest, Repository};
use crate::child::{Job, Network};
use crate::error::{OnThisMachine, RenderError};
use crate::limits::Limits;

/// Settings of git, as `-c` would give them, but not to be seen in a list of processes.
#[derive(Default)]
struct Settings(Vec<(String, String)>);

impl Settings {
    fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.push((key.to_owned(), value.into()));
    }

    fn environment(&self) -> Vec<(OsString, OsString)> {
        let count = ("GIT_CONFIG_COUNT".into(), self.0.len().to_string().into());
        let pairs = self.0.iter().enumerate().flat_map(|(n, (key, value))| {
            [(format!("GIT_CONFIG_KEY_{n}").into(), key.into()), (format!("GIT_CONFIG_VALUE_{n}").into(), value.into())]
        });
        std::iter::once(count).chain(pairs).collect()
    }
}

/// Git without a repository on the net, its files in `home`.
pub(crate) fn offline(git: &Path, home: &Path, limits: &Limits) -> Job {
    plain(Job::new(git, home, limits), &base())
}

/// Git that asks that of a repository; keys are written into `home`.
pub(crate) fn online(
    (git, home, limits): (&Path, &Path, &Limits),
    repository: &Repository,
    asks: GitRequest,
) -> Result<Job, RenderError> {
    let mut settings = base();
    let access = &repository.access;
    https(&mut settings, home, repository)?;
    let mut job = plain(Job::new(git, home, limits), &settings);
    job = job.env("GIT_SSH_COMMAND", ssh(home, repository)?).env("GIT_SSH_VARIANT", "ssh");
    if !access.no_proxy.is_empty() {
        job = job.env("no_proxy", &access.no_proxy);
    }
    if let Some(authority) = access.trust.authority(&repository.url) {
        // Not by the setting: a variable of this machine, which stays for other hosts, would go before it.
        job = job.env("GIT_SSL_CAINFO", write(home, "ca.pem", authority)?);
    }
    job.network = Network::All(crate::address::server(&repository.url).to_owned());
    job.file = limits.pack;
    job.asks = Some((repository.shown(), asks));
    Ok(job)
}

fn base() -> Settings {
    let mut settings = Settings::default();
    settings.set("core.hooksPath", "/dev/null");
    settings.set("gc.auto", "0");
    // Packs are kept as they come: their size is what is limited, and counted.
    settings.set("fetch.unpackLimit", "1");
    settings.set("maintenance.auto", "false");
    settings.set("safe.directory", "*");
    settings.set("credential.helper", "");
    settings.set("submodule.recurse", "false");
    settings
}

fn plain(job: Job, settings: &Settings) -> Job {
    let mut job = job
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:http:ssh:file")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_LFS_SKIP_SMUDGE", "1");
    job.environment.extend(settings.environment());
    // The variable of this machine's own would go before the authorities that are meant for this host.
    let authority = settings.0.iter().find(|(key, _)| key == "http.sslCAInfo");
    match authority {
        Some((_, file)) => job.env("GIT_SSL_CAINFO", file),
        None => job,
    }
}

fn https(settings: &mut Settings, home: &Path, repository: &Repository) -> Result<(), RenderError> {
    let access = &repository.access;
    let header = match (access.bearer.is_empty(), access.basic()) {
        (false, _) => Some(format!("Authorization: Bearer {}", access.bearer.reveal())),
        (true, Some(basic)) => Some(format!("Authorization: Basic {}", basic.reveal())),
        (true, None) => None,
    };
    // Where a repository moved to is followed, but no further; and with credentials nowhere: git sends a header that is for one host with
    // all that it posts to the host that this one redirects to.
    settings.set("http.followRedirects", if header.is_some() { "false" } else { "initial" });
    if let (Some(header), Some((scheme, _))) = (header, repository.url.split_once("://")) {
        // For this host alone.
        let host = crate::address::host(&repository.url);
        settings.set(&format!("http.{scheme}://{host}/.extraHeader"), header);
    }
    if access.insecure {
        settings.set("http.sslVerify", "false");
    }
    if !access.certificate.is_empty() {
        settings.set("http.sslCert", write(home, "client.pem", &access.certificate)?);
        settings.set("http.sslKey", write(home, "client.key", access.certificate_key.reveal())?);
    }
    if !access.proxy.is_empty() {
        settings.set("http.proxy", access.proxy.clone());
    }
    Ok(())
}

/// The command that git reaches ssh hosts with. An unknown host is refused, unless its Secret says that it may be anybody.
fn ssh(home: &Path, repository: &Repository) -> Result<String, RenderError> {
    let access = &repository.access;
    let known = write(home, "known_hosts", &access.trust.known_hosts)?;
    let check = if access.insecure { "no" } else { "yes" };
    let mut command = format!(
        "ssh -F /dev/null -o BatchMode=yes -o ConnectTimeout=10 -o StrictHostKeyChecking={check} \
         -o GlobalKnownHostsFile=/dev/null -o {} -o IdentitiesOnly=yes -o IdentityAgent=none",
        quoted(&format!("UserKnownHostsFile=\"{known}\""))
    );
    if !access.ssh_key.is_empty() {
        let key = write(home, "key", &format!("{}\n", access.ssh_key.reveal().trim_end()))?;
        command = format!("{command} -i {}", quoted(&key));
    }
    Ok(command)
}

/// For the shell that git hands the command to.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Writes a file that only we may read, and gives its path.
fn write(home: &Path, name: &str, content: &str) -> Result<String, RenderError> {
    let path = home.join(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, content.as_bytes()))
        .on_this_machine(format!("write {name}"))?;
    Ok(path.to_string_lossy().into_owned())
}
