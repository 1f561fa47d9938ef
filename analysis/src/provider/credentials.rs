//! Credentials that no spec holds: in a Secret that a provider names, or in the controller's environment.

use std::{collections::BTreeMap, fmt};

use http::HeaderValue;
use reqwest::Url;
use tower::{BoxError, ServiceExt, util::BoxCloneSyncService};

use super::{Answer, MeasureError, checks};
use crate::secrets::Secrets;

/// Where credentials are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// A Secret in the namespace of the run.
    Run(String),
    /// A Secret in the namespace of the controller.
    Controller(String),
    /// The controller's environment.
    Environment,
    /// A file of the controller's pod: its whole text is the value [`TEXT`].
    File(String),
}

/// Under which name the text of a file is found.
pub const TEXT: &str = "the text";

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(name) => write!(f, "Secret {name:?} in the namespace of the run"),
            Self::Controller(name) => write!(f, "Secret {name:?} in the namespace of the controller"),
            Self::Environment => f.write_str("the controller's environment"),
            Self::File(path) => write!(f, "file {path:?} of the controller's pod"),
        }
    }
}

/// Reads what is kept there; `None` where there is nothing. Called anew for each measurement.
pub type Vault = BoxCloneSyncService<Keep, Option<BTreeMap<String, String>>, BoxError>;

/// A vault with nothing in it.
pub(super) fn empty() -> Vault {
    Vault::new(tower::service_fn(|_| std::future::ready(Ok(None))))
}

/// What was found. Its debug form shows no values.
#[derive(Clone)]
pub(super) struct Credentials {
    keep: Keep,
    values: BTreeMap<String, String>,
    secrets: Secrets,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {:?}", self.keep, self.values.keys())
    }
}

/// What is kept there; empty where there is nothing.
pub(super) async fn find(vault: &Vault, keep: Keep) -> Result<Credentials, MeasureError> {
    let found = vault.clone().oneshot(keep.clone()).await;
    let values = found.map_err(|error| MeasureError::vault(&keep, error))?.unwrap_or_default();
    Ok(Credentials { keep, values, secrets: Secrets::default() })
}

impl Credentials {
    /// A value, without the line end that an editor left behind it.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A value that must be there.
    pub(super) fn needed(&self, key: &str) -> Result<&str, MeasureError> {
        self.get(key).ok_or_else(|| self.lack(key, "is missing"))
    }

    /// A value that nobody may see.
    pub(super) fn secret(&mut self, key: &str) -> Result<String, MeasureError> {
        let value = self.needed(key)?.to_owned();
        self.secrets.add(&value);
        Ok(value)
    }

    /// A value that nobody may see, for a header.
    pub(super) fn header(&mut self, key: &str, before: &str) -> Result<HeaderValue, MeasureError> {
        let value = self.secret(key)?;
        let header = checks::secret_header(&format!("{before}{value}"));
        header.ok_or_else(|| self.lack(key, "holds characters no header may have"))
    }

    /// The address in a value.
    pub(super) fn address(&self, key: &str, default: &str) -> Result<Url, MeasureError> {
        let text = self.get(key).unwrap_or(default);
        checks::address(text.trim_end_matches('/')).map_err(|why| self.lack(key, &why))
    }

    /// Notes a value from elsewhere that nobody may see.
    pub(super) fn hide(&mut self, value: &str) {
        self.secrets.add(value);
    }

    /// What is wrong with one of the values.
    pub(super) fn lack(&self, key: &str, why: &str) -> MeasureError {
        MeasureError::Credentials(format!("{key} of {}: {why}", self.keep))
    }

    /// An answer or an error without the values that nobody may see, should a server repeat them.
    pub(super) fn guard(&self, measured: Result<Answer, MeasureError>) -> Result<Answer, MeasureError> {
        let redact = |text: &str| self.secrets.redact(text);
        match measured {
            Ok(answer) => Ok(Answer { text: redact(&answer.text), ..answer }),
            Err(error) => Err(error.redacted(redact)),
        }
    }
}
