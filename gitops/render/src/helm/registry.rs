//! Charts out of registries of OCI artifacts: `helm pull`, in the jail, with a network.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::address;
use crate::child::{ChildError, Jail, Job, Network};
use crate::credentials::Access;
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::limits::{Limits, bytes};

/// Pulls a chart, packed, at a version or the newest of a range.
pub(crate) async fn pull(
    jail: &Jail,
    (helm, home, limits): (&Path, &Path, &Limits),
    (registry, chart, asked): (&str, &str, &str),
    access: &Access,
) -> Result<Vec<u8>, RenderError> {
    let registry = registry.strip_prefix("oci://").unwrap_or(registry).trim_end_matches('/');
    let name = format!("oci://{registry}/{chart}");
    let config = write(home, "registry.json", &credentials(registry, access).to_string())?;
    let mut job = Job::new(helm, home, limits).args(["pull", "--destination", "pulled", "--registry-config", &config]);
    job = if asked.starts_with("sha256:") {
        job.args([format!("{name}@{asked}")])
    } else {
        job.args([name.as_str(), "--version", if asked.is_empty() { ">=0" } else { asked }])
    };
    if access.insecure {
        job = job.args(["--insecure-skip-tls-verify"]);
    }
    if access.plain_http {
        job = job.args(["--plain-http"]);
    }
    if let Some(authority) = access.trust.authority(&name) {
        job = job.args(["--ca-file", &write(home, "ca.pem", authority)?]);
    }
    if !access.certificate.is_empty() {
        let (certificate, key) = (
            write(home, "client.pem", &access.certificate)?,
            write(home, "client.key", access.certificate_key.reveal())?,
        );
        job = job.args(["--cert-file", &certificate, "--key-file", &key]);
    }
    for part in ["CACHE", "CONFIG", "DATA"] {
        job = job.env(&format!("HELM_{part}_HOME"), home.join("helm").join(part.to_lowercase()));
    }
    if !access.proxy.is_empty() {
        job = job.env("HTTPS_PROXY", &access.proxy).env("HTTP_PROXY", &access.proxy).env("NO_PROXY", &access.no_proxy);
    }
    job.network = Network::All(address::server(&name).to_owned());
    (job.time, job.file) = (limits.fetch, limits.chart);
    fs::create_dir_all(home.join("pulled")).on_this_machine("make a folder")?;
    jail.run(job).await.map_err(|error| refused(&name, access, error))?;
    pulled(&home.join("pulled"), limits)
}

/// The one packed chart in a folder.
fn pulled(folder: &Path, limits: &Limits) -> Result<Vec<u8>, RenderError> {
    let entries = fs::read_dir(folder).on_this_machine("list what was pulled")?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let packed = files.find(|file| file.extension() == Some(OsStr::new("tgz")));
    let packed = packed.ok_or_else(|| RenderError::new(Kind::NotFound, "the registry gave no chart"))?;
    let size = fs::metadata(&packed).on_this_machine("look at the chart")?.len();
    if size > limits.chart {
        return Err(RenderError::new(Kind::Limit, format!("the chart has more than {}", bytes(limits.chart))));
    }
    fs::read(&packed).on_this_machine("read the chart")
}

/// As docker keeps them, so that they stand on no command line.
fn credentials(registry: &str, access: &Access) -> serde_json::Value {
    if !access.names_somebody() {
        return json!({});
    }
    let host = registry.split('/').next().unwrap_or_default();
    let pair = BASE64_STANDARD.encode(format!("{}:{}", access.username, access.password.reveal()));
    json!({ "auths": { host: { "auth": pair } } })
}

fn write(home: &Path, name: &str, content: &str) -> Result<String, RenderError> {
    let path = home.join(name);
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path);
    file.and_then(|mut file| std::io::Write::write_all(&mut file, content.as_bytes()))
        .on_this_machine(format!("write {name}"))?;
    Ok(path.to_string_lossy().into_owned())
}

fn refused(name: &str, access: &Access, error: ChildError) -> RenderError {
    let name = address::shown(name);
    match error {
        ChildError::TimedOut(time) => {
            RenderError::new(Kind::TimedOut, format!("{name}: it did not answer within {} s", time.as_secs_f32()))
        }
        ChildError::Failed { said, .. } => {
            let gone = [
                "not found",
                "NAME_UNKNOWN",
                "MANIFEST_UNKNOWN",
                "could not locate a version",
                "unable to locate any tags",
            ];
            let kind = if gone.iter().any(|words| said.contains(words)) { Kind::NotFound } else { Kind::Unreachable };
            let said = access.redact(said.trim_start_matches("Error: "));
            RenderError::new(kind, format!("{name}: {}", said.lines().take(4).collect::<Vec<_>>().join("; ")))
        }
        error => RenderError::new(Kind::Machine, format!("{name}: {error}")),
    }
}
