//! The objects of one kind, as an API server has them.

use std::fmt::Debug;
use std::ops::Deref;

use futures::{Stream, StreamExt};
use kube::api::{ListParams, ObjectList, Patch, PatchParams, PostParams};
use kube::core::{DynamicResourceScope, NamespaceResourceScope};
use kube::{Api, Client, Resource, Result};
use kube_runtime::watcher::{self, Config, Event, watch_object, watcher};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Thin;

/// The objects of one kind. What is not read as that kind goes by the [`Api`] that it stands for.
#[derive(Clone, Debug)]
pub struct Objects<K>(Api<Thin<K>>);

impl<K> Deref for Objects<K> {
    type Target = Api<Thin<K>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: Resource<DynamicType: Default>> Objects<K> {
    /// Those of all namespaces.
    pub fn all(client: Client) -> Self {
        Self(Api::all(client))
    }

    /// Those of a namespace.
    pub fn namespaced(client: Client, namespace: &str) -> Self
    where
        K: Resource<Scope = NamespaceResourceScope>,
    {
        Self(Api::namespaced(client, namespace))
    }
}

impl<K: Resource> Objects<K> {
    /// The same of a kind that is known only at run time, in all namespaces.
    pub fn all_with(client: Client, of: &K::DynamicType) -> Self {
        Self(Api::all_with(client, of))
    }

    /// The same of a kind that is known only at run time, in a namespace.
    pub fn namespaced_with(client: Client, namespace: &str, of: &K::DynamicType) -> Self
    where
        K: Resource<Scope = DynamicResourceScope>,
    {
        Self(Api::namespaced_with(client, namespace, of))
    }
}

impl<K: Clone + Debug + DeserializeOwned> Objects<K> {
    /// The object of that name, if there is one.
    pub async fn get_opt(&self, name: &str) -> Result<Option<K>> {
        Ok(self.0.get_opt(name).await?.map(|Thin(object)| object))
    }

    /// Those that are asked for.
    pub async fn list(&self, params: &ListParams) -> Result<ObjectList<K>> {
        let ObjectList { types, metadata, items } = self.0.list(params).await?;
        Ok(ObjectList { types, metadata, items: items.into_iter().map(|Thin(object)| object).collect() })
    }

    /// Makes one. Gives it as the API server has it.
    pub async fn create(&self, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        let Thin(object) = self.0.create(params, &Thin(object.clone())).await?;
        Ok(object)
    }

    /// Changes one. Gives it as the API server has it.
    pub async fn patch<P: Serialize + Debug>(&self, name: &str, params: &PatchParams, patch: &Patch<P>) -> Result<K> {
        let Thin(object) = self.0.patch(name, params, patch).await?;
        Ok(object)
    }

    /// Changes the status of one. Gives it as the API server has it.
    pub async fn patch_status<P>(&self, name: &str, params: &PatchParams, patch: &Patch<P>) -> Result<K>
    where
        P: Serialize + Debug,
    {
        let Thin(object) = self.0.patch_status(name, params, patch).await?;
        Ok(object)
    }
}

impl<K> Objects<K>
where
    K: Resource<DynamicType: Clone> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    /// Lists and watches them; never ends.
    pub fn watch(&self, config: Config) -> impl Stream<Item = watcher::Result<Event<K>>> + Send + use<K> {
        watcher(self.0.clone(), config).map(|event| event.map(whole))
    }

    /// Watches the one of that name: `None` when it is not there.
    pub fn watch_one(&self, name: &str) -> impl Stream<Item = watcher::Result<Option<K>>> + Send + use<K> {
        watch_object(self.0.clone(), name).map(|object| Ok(object?.map(|Thin(object)| object)))
    }
}

fn whole<K>(event: Event<Thin<K>>) -> Event<K> {
    match event {
        Event::Apply(Thin(object)) => Event::Apply(object),
        Event::Delete(Thin(object)) => Event::Delete(object),
        Event::Init => Event::Init,
        Event::InitApply(Thin(object)) => Event::InitApply(object),
        Event::InitDone => Event::InitDone,
    }
}
