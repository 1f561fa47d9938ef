//! The account of AWS that the controller's environment names.

use super::{
    Clients, MeasureError,
    credentials::{self, Credentials, Keep},
    sigv4::Keys,
};

/// Who asks AWS, and where.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) keys: Keys,
    pub(super) region: String,
    /// The environment that says all this.
    pub(super) environment: Credentials,
}

impl Account {
    /// Finds the account; `region` goes before the environment's.
    pub(super) async fn find(clients: &Clients, region: Option<&str>) -> Result<Self, MeasureError> {
        let mut environment = credentials::find(&clients.vault, Keep::Environment).await?;
        let regions = [region, environment.get("AWS_REGION"), environment.get("AWS_DEFAULT_REGION")];
        let region = regions.into_iter().flatten().next().map(str::to_owned);
        let region = region.ok_or_else(|| environment.lack("AWS_REGION", "is missing"))?;
        let id = environment.needed("AWS_ACCESS_KEY_ID").map_err(|_| unsupported(&environment))?.to_owned();
        let secret = environment.secret("AWS_SECRET_ACCESS_KEY")?;
        let session = environment.get("AWS_SESSION_TOKEN").is_some();
        let session = session.then(|| environment.secret("AWS_SESSION_TOKEN")).transpose()?;
        Ok(Self { keys: Keys { id, secret, session }, region, environment })
    }
}

/// What to do where there are no keys.
fn unsupported(environment: &Credentials) -> MeasureError {
    let why = match environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") {
        Some(_) => "is missing; roles of service accounts are not supported yet by Sluice",
        None => "is missing",
    };
    environment.lack("AWS_ACCESS_KEY_ID", why)
}
