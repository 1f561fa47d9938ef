//! Kinds that cannot be watched: listed at intervals, or what is wanted of them read one by one.

use serde_json::Value;
use sluice_gitops::{Key, Object};
use tokio::time::sleep;

use super::Watch;
use super::trouble::Trouble;
use crate::server::{Ask, Failure};
use crate::store::State;

impl Watch {
    /// Looks for ever.
    pub(super) async fn poll(self, mut trouble: Trouble) {
        loop {
            let looked = if self.resource.verbs.list { self.list().await.map(drop) } else { self.each().await };
            match looked {
                Ok(()) => {
                    trouble.over();
                    sleep(self.cluster.settings.limits.poll).await;
                }
                Err(failure) => self.pause(&mut trouble, &failure).await,
            }
        }
    }

    /// Reads what is wanted. A kind that cannot be read has nothing: its objects are questions, such as reviews of access.
    async fn each(&self) -> Result<(), Failure> {
        let wanted = if self.resource.verbs.get { self.cluster.store().wanted_at(&self.place) } else { Vec::new() };
        for key in wanted {
            match self.read(&key).await? {
                Some(object) => self.cluster.found(&object),
                None => self.cluster.absent(&key),
            }
        }
        let told = self.cluster.store().stand(&self.place, State::Ready);
        self.cluster.tell(told);
        Ok(())
    }

    async fn read(&self, key: &Key) -> Result<Option<Object>, Failure> {
        let path = self.resource.path_of(self.resource.version(), &key.namespace, &key.name);
        let path = path.map_err(|error| Failure::Odd(error.to_string()))?;
        match self.cluster.server.ask(Ask::get(path)).await {
            Ok(answer) => {
                let value: Value = serde_json::from_slice(&answer).map_err(|error| Failure::Odd(error.to_string()))?;
                Ok(Some(value.into()))
            }
            Err(failure) if failure.code() == 404 => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
