//! Git by ssh, with known hosts.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use sluice_render::Kind;
use sluice_render::credentials::{Credentials, SecretType, Trust};

use crate::bench::{Bench, config, shown, tool};

/// A server of the repositories in a folder, for one key.
struct Server {
    child: Child,
    port: String,
    /// Its own key, as a line of known hosts.
    known: String,
    /// The private key that may log in.
    key: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keygen(folder: &Path, name: &str) -> String {
    let file = folder.join(name);
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&file).status().unwrap();
    assert!(made.success());
    std::fs::read_to_string(file).unwrap()
}

fn server(folder: &Path) -> Server {
    let key = keygen(folder, "key");
    let mut child =
        Command::new(tool("sshd")).arg(folder).arg(folder.join("key.pub")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (port, host) = (lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap());
    let known = format!("[127.0.0.1]:{port} {host}\n");
    Server { child, port, known, key }
}

fn credentials(known: &str, url: &str, more: &[(&str, &str)]) -> Credentials {
    let mut credentials = Credentials::new(Trust { known_hosts: known.to_owned(), ..Trust::default() });
    let data: BTreeMap<_, _> =
        [&[("url", url)], more].concat().into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    credentials.add(SecretType::Repository, "ssh", &data);
    credentials
}

#[tokio::test]
async fn a_repository_is_fetched_by_ssh_from_a_known_host_alone() {
    let mut bench = Bench::new().await;
    bench.repository("app").write("app/a.yaml", config("a", "1")).commit();
    let server = server(bench.dir());
    let url = format!("ssh://git@127.0.0.1:{}/app/.git", server.port);
    let source = json!({"repoURL": url, "path": "app"});
    let key = [("sshPrivateKey", server.key.trim())];
    bench.credentials = credentials(&server.known, &url, &key);
    assert_eq!(shown(&bench.render(source.clone()).await), "ConfigMap a {\"value\":\"1\"}\n");

    bench.credentials = credentials("", &url, &key);
    let error = bench.render(source.clone()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.text.contains("add its key to the ConfigMap argocd-ssh-known-hosts-cm"), "{}", error.text);

    let insecure = [key[0], ("insecure", "true")];
    bench.credentials = credentials("", &url, &insecure);
    assert!(bench.render(source.clone()).await.is_ok());

    let other = keygen(bench.dir(), "other");
    bench.credentials = credentials(&server.known, &url, &[("sshPrivateKey", &other)]);
    let error = bench.render(source.clone()).await.unwrap_err();
    assert!(error.text.contains("Permission denied") && error.text.contains("give it a Secret"), "{}", error.text);

    bench.credentials = credentials(&server.known, &url, &[("sshPrivateKey", "hunter2 is no key")]);
    let error = bench.render(source).await.unwrap_err();
    assert!(!error.text.contains("hunter2"), "{}", error.text);
}
