//! Where a control plane has its data and its ports, and how its programs are called for that.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::namespace::ADDRESS;
use crate::tools::Tools;

/// A place for one control plane.
#[derive(Clone, Debug)]
pub(super) struct Site {
    tools: Tools,
    dir: PathBuf,
    /// What the API server listens at.
    bind: &'static str,
    /// An address of it that its certificate names.
    address: &'static str,
    port: u16,
    etcd: u16,
    peers: u16,
    /// Whoever has the certificate of this file is known.
    known: Option<PathBuf>,
}

impl Site {
    /// Of the cluster that everything else runs in: `API_ADDRESS`.
    pub(super) fn first(tools: &Tools, dir: &Path) -> Self {
        let (tools, dir) = (tools.clone(), dir.to_owned());
        let (bind, address) = ("127.0.0.1", "127.0.0.1");
        Self { tools, dir, bind, address, port: 6443, etcd: 2379, peers: 2380, known: None }
    }

    /// Of one beside it, which knows whoever has the certificate of that file.
    pub(super) fn second(tools: &Tools, dir: &Path, known: &Path) -> Self {
        let (tools, dir, known) = (tools.clone(), dir.to_owned(), Some(known.to_owned()));
        let (bind, address) = ("0.0.0.0", ADDRESS);
        Self { tools, dir, bind, address, port: 6444, etcd: 2381, peers: 2382, known }
    }

    /// Where its data are.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where its programs log to.
    pub(super) fn logs(&self) -> PathBuf {
        self.dir.join("logs")
    }

    /// The API server's URL.
    pub(super) fn url(&self) -> String {
        format!("https://{}:{}", self.address, self.port)
    }

    /// The key of the API server's certificate, which it makes as it starts.
    pub(super) fn key(&self) -> PathBuf {
        self.dir.join("certs/apiserver.key")
    }

    pub(super) fn etcd(&self) -> Command {
        let (clients, peers) = (local(self.etcd), local(self.peers));
        let mut command = Command::new(self.tools.etcd());
        command.arg("--data-dir").arg(self.dir.join("etcd"));
        command.args(["--unsafe-no-fsync", "--log-level", "warn", "--listen-client-urls", &clients]);
        command.args(["--advertise-client-urls", &clients, "--listen-peer-urls", &peers]);
        command
    }

    /// It makes its own certificate. The key of that also signs the tokens of service accounts: one file fewer to make.
    pub(super) fn api_server(&self) -> Command {
        let key = self.key();
        let mut command = Command::new(self.tools.api_server());
        command.args(["--etcd-servers", &local(self.etcd), "--bind-address", self.bind]);
        command.args(["--secure-port", &self.port.to_string()]);
        command.args(["--advertise-address", ADDRESS, "--endpoint-reconciler-type", "none"]);
        command.arg("--cert-dir").arg(self.dir.join("certs"));
        command.arg("--token-auth-file").arg(self.dir.join("tokens.csv"));
        command.args(["--authorization-mode", "RBAC", "--disable-admission-plugins", "ServiceAccount"]);
        command.args(["--service-account-issuer", "https://kubernetes.default.svc"]);
        command.arg("--service-account-key-file").arg(&key).arg("--service-account-signing-key-file").arg(key);
        command.args(["--service-cluster-ip-range", "10.96.0.0/16", "--enable-priority-and-fairness=false"]);
        if let Some(known) = &self.known {
            command.arg("--client-ca-file").arg(known);
        }
        command
    }

    pub(super) fn controller_manager(&self, kubeconfig: &Path, controllers: &str) -> Command {
        let mut command = Command::new(self.tools.controller_manager());
        command.arg("--kubeconfig").arg(kubeconfig).args(["--controllers", controllers]);
        command.args(["--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000"]);
        command
    }
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
