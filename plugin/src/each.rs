//! Does the same to every object named; one that fails does not stop the others.

use anyhow::Result;
use serde_json::{Value, json};

use crate::args::Names;
use crate::client::Cluster;
use crate::kind::Kind;
use crate::report::Report;
use crate::target::{Target, Wanted};
use crate::trouble::explain;

/// What came of it for one object.
#[derive(Debug)]
pub(crate) struct Done {
    /// For people.
    pub(crate) lines: Vec<String>,
    /// The same for programs.
    pub(crate) document: Value,
}

impl Done {
    /// What was done to an object, in the established words: `rollout 'shop' aborted`.
    pub(crate) fn said(cluster: &Cluster, target: &Target, said: &str) -> Self {
        let line = format!("{} '{}' {said}", target.kind.said(), target.name);
        let document = json!({
            "kind": target.kind.kind(), "namespace": cluster.namespace, "name": target.name, "result": said,
        });
        Self { lines: vec![line], document }
    }
}

/// Does it to every object named, in their order. The document is a list.
pub(crate) async fn each(
    cluster: &Cluster,
    names: &Names,
    kinds: &[Kind],
    work: impl AsyncFn(&Target) -> Result<Done>,
) -> Result<Report> {
    let mut report = Report::default();
    let mut documents = Vec::new();
    for target in Wanted::of(names, kinds)?.targets(cluster, kinds).await? {
        let done = match target {
            Ok(target) => work(&target).await,
            Err(unknown) => Err(unknown),
        };
        match done {
            Ok(done) => {
                report.lines.extend(done.lines);
                documents.push(done.document);
            }
            Err(error) => report.errors.push(explain(&error)),
        }
    }
    report.document = Value::Array(documents);
    Ok(report)
}
