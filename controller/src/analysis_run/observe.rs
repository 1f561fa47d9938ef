//! Everything that one decision about a run may look at.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Secret;
use sluice_analysis::args::{SecretRef, secrets_needed};
use sluice_analysis::metric::Reading;
use sluice_analysis::run::Run;
use sluice_crds::Violation;
use sluice_crds::{AnalysisRun, AnalysisRunStatus};
use sluice_read::Objects;

use crate::analysis_run::{Error, Measuring};
use crate::context::Context;
use crate::key::Key;

/// A run, as last seen.
pub(super) struct Seen {
    /// What to measure, or all that is wrong with it.
    pub(super) spec: Result<Run, Vec<Violation>>,
    /// What was recorded before.
    pub(super) status: AnalysisRunStatus,
    /// What was measured since.
    pub(super) readings: Vec<Reading>,
}

/// Looks at a run: its spec with its secrets filled in, its status, and what was measured since.
pub(super) async fn run(ctx: &Context, measuring: &Measuring, key: &Key, object: &AnalysisRun) -> Result<Seen, Error> {
    let secrets = secrets(ctx, key, object).await?;
    Ok(Seen {
        spec: Run::parse(&object.spec, |wanted| secrets.get(wanted).cloned(), measuring.defaults()),
        status: object.status.clone().unwrap_or_default(),
        readings: measuring.readings(key, object.metadata.uid.as_deref().unwrap_or_default()),
    })
}

/// The secrets that the arguments name. Read afresh each time and kept nowhere; those that are not there are left out.
async fn secrets(ctx: &Context, key: &Key, object: &AnalysisRun) -> Result<BTreeMap<SecretRef, String>, Error> {
    let api: Objects<Secret> = Objects::namespaced(ctx.client.clone(), &key.namespace);
    let mut values = BTreeMap::new();
    // What no Secret can be called is not there; asked for, it would be an error that never passes.
    let named = secrets_needed(&object.spec.args).into_iter().filter(|wanted| is_name(&wanted.name));
    for wanted in named {
        let secret =
            api.get_opt(&wanted.name).await.map_err(|source| Error::Secret { name: wanted.name.clone(), source })?;
        let bytes = secret.and_then(|secret| secret.data?.remove(&wanted.key));
        if let Some(value) = bytes.and_then(|bytes| String::from_utf8(bytes.0).ok()) {
            values.insert(wanted, value);
        }
    }
    Ok(values)
}

/// Whether an object can have that name.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '.');
    (1..=253).contains(&name.len()) && !name.starts_with('.') && name.chars().all(fits)
}
