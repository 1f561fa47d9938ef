//! All objects of a place, page by page.

use serde::Deserialize;
use tokio::time::timeout;
use tracing::debug;

use super::Watch;
use super::items::Items;
use super::peek::Peek;
use crate::server::{Ask, Failure, next};
use crate::store::Whole;

/// What a list says of itself.
#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    resource_version: String,
    r#continue: String,
}

impl Watch {
    /// Lists the place. Returns the version from which to watch.
    pub(super) async fn list(&self) -> Result<String, Failure> {
        let Ok(_turn) = self.cluster.lists.acquire().await else {
            return Err(Failure::Lost("the cluster was closed".to_owned()));
        };
        self.cluster.store().begin(&self.place);
        let mut from = String::new();
        loop {
            let patience = self.cluster.settings.limits.request;
            let page = timeout(patience, self.page(&from)).await.unwrap_or(Err(Failure::Late(patience)))?;
            if page.r#continue.is_empty() {
                let told = self.cluster.store().listed(&self.place);
                self.cluster.tell(told);
                self.cluster.reads.notify_one();
                return Ok(page.resource_version);
            }
            from = page.r#continue;
        }
    }

    async fn page(&self, from: &str) -> Result<Metadata, Failure> {
        let limits = &self.cluster.settings.limits;
        let ask = Ask::get(self.path()?).query("limit", &limits.page.to_string());
        let ask = if from.is_empty() { ask } else { ask.query("continue", from) };
        let mut body = self.cluster.server.open(ask).await?;
        let mut items = Items::new(limits.answer);
        while let Some(piece) = next(&mut body).await? {
            items.feed(&piece, |item| self.item(item))?;
        }
        let envelope: Result<Envelope, _> = serde_json::from_slice(&items.rest()?);
        envelope.map(|envelope| envelope.metadata).map_err(|error| Failure::Odd(error.to_string()))
    }

    fn item(&self, item: &[u8]) {
        match Peek::read(item, &self.kind, &self.cluster.settings.tracking) {
            Ok(peek) => {
                let told = self
                    .cluster
                    .store()
                    .take(&self.place, &peek, || Whole::read(item, &self.kind, &self.cluster.settings.tracking));
                self.cluster.tell(told);
            }
            Err(error) => debug!(place = %self.place, %error, "an object cannot be read"),
        }
    }
}
