//! Helm, and the chart that Sluice is installed with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools::{Tools, package_dir, target_dir};

/// Helm at that program, with nothing of its user's.
#[derive(Clone, Debug)]
pub struct Helm {
    program: PathBuf,
    home: PathBuf,
    kubeconfig: Option<PathBuf>,
}

impl Helm {
    /// Helm without a cluster.
    pub fn new(tools: &Tools) -> Self {
        Self { program: tools.helm().to_owned(), home: target_dir().join("helm"), kubeconfig: None }
    }

    /// Helm at the cluster of that kubeconfig.
    #[must_use]
    pub fn at(self, kubeconfig: PathBuf) -> Self {
        Self { kubeconfig: Some(kubeconfig), ..self }
    }

    /// What it says. Fails with its words where it refuses.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_remove("KUBECONFIG");
        for part in ["CACHE", "CONFIG", "DATA"] {
            command.env(format!("HELM_{part}_HOME"), self.home.join(part.to_lowercase()));
        }
        command.envs(self.kubeconfig.as_ref().map(|file| ("KUBECONFIG", file)));
        let said = command.output().context("start Helm")?;
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        if !said.status.success() {
            bail!("helm {}: {}{text}", arguments.join(" "), String::from_utf8_lossy(&said.stderr));
        }
        Ok(text)
    }

    /// The chart as it renders in the namespace `sluice`, with these values beside the default ones.
    pub fn template(&self, values: &[&str]) -> Result<String> {
        let set: Vec<&str> = values.iter().flat_map(|value| ["--set", *value]).collect();
        self.template_by(&set)
    }

    /// The chart as it renders in the namespace `sluice`, with these arguments of `helm template`.
    pub fn template_by(&self, arguments: &[&str]) -> Result<String> {
        let chart = chart();
        let chart = chart.to_str().context("the chart's path is no text")?;
        self.run(&[&["template", "sluice", chart, "--namespace", "sluice"], arguments].concat())
    }
}

/// The folder of the chart.
pub fn chart() -> PathBuf {
    package_dir().join("../charts/sluice")
}

/// A file of the chart.
pub fn chart_file(name: impl AsRef<Path>) -> Result<String> {
    let file = chart().join(name);
    fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))
}
