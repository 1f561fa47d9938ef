//! The account of AWS that the controller's environment names: by its keys, or by the role of its service account.

mod role;

use jiff::Timestamp;

use super::{
    Clients, MeasureError,
    credentials::{self, Credentials, Keep},
    sigv4::Keys,
};
pub(super) use role::Role;

/// Who asks AWS, and where.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) keys: Keys,
    pub(super) region: String,
    /// The environment that says all this.
    pub(super) environment: Credentials,
}

impl Account {
    /// Finds the account; `region` goes before the environment's. Keys go before a role, as with AWS's own programs.
    pub(super) async fn find(clients: &Clients, region: Option<&str>, now: Timestamp) -> Result<Self, MeasureError> {
        let mut environment = credentials::find(&clients.vault, Keep::Environment).await?;
        let regions = [region, environment.get("AWS_REGION"), environment.get("AWS_DEFAULT_REGION")];
        let region = regions.into_iter().flatten().next().map(str::to_owned);
        let region = region.ok_or_else(|| environment.lack("AWS_REGION", "is missing"))?;
        let role = Role::of(&environment, &region)?;
        let keys = match role.filter(|_| environment.get("AWS_ACCESS_KEY_ID").is_none()) {
            Some(role) => role.keys(clients, now).await?,
            None => own(&mut environment)?,
        };
        environment.hide(&keys.secret);
        keys.session.iter().for_each(|session| environment.hide(session));
        Ok(Self { keys, region, environment })
    }
}

/// The keys in the environment.
fn own(environment: &mut Credentials) -> Result<Keys, MeasureError> {
    let why = "is missing, and so is the role of a service account (AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, or \
               AWS_CONTAINER_CREDENTIALS_FULL_URI)";
    let id = environment.get("AWS_ACCESS_KEY_ID").map(str::to_owned);
    let id = id.ok_or_else(|| environment.lack("AWS_ACCESS_KEY_ID", why))?;
    let secret = environment.secret("AWS_SECRET_ACCESS_KEY")?;
    let session = environment.get("AWS_SESSION_TOKEN").is_some();
    let session = session.then(|| environment.secret("AWS_SESSION_TOKEN")).transpose()?;
    Ok(Keys { id, secret, session })
}
