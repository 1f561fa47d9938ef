//! The objects of one kind, as an API server has them.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::Deref;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use kube::api::{ListParams, ObjectList, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, DynamicResourceScope, NamespaceResourceScope};
use kube::{Api, Client, Error, Resource, Result};
use kube_runtime::watcher::{self, Config, Event, watch_object, watcher};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_crds::decode;

use crate::Raw;

/// The objects of one kind. What is not read as that kind goes by the [`Api`] that it stands for.
#[derive(Clone, Debug)]
pub struct Objects<K>(Api<Raw>, PhantomData<fn() -> K>);

impl<K> Deref for Objects<K> {
    type Target = Api<Raw>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: Resource<DynamicType: Default>> Objects<K> {
    /// Those of all namespaces.
    pub fn all(client: Client) -> Self {
        Self::all_with(client, &K::DynamicType::default())
    }

    /// Those of a namespace.
    pub fn namespaced(client: Client, namespace: &str) -> Self
    where
        K: Resource<Scope = NamespaceResourceScope>,
    {
        Self::within(client, namespace, &K::DynamicType::default())
    }
}

impl<K: Resource> Objects<K> {
    /// The same of a kind that is known only at run time, in all namespaces.
    pub fn all_with(client: Client, of: &K::DynamicType) -> Self {
        Self(Api::all_with(client, &ApiResource::erase::<K>(of)), PhantomData)
    }

    /// The same of a kind that is known only at run time, in a namespace.
    pub fn namespaced_with(client: Client, namespace: &str, of: &K::DynamicType) -> Self
    where
        K: Resource<Scope = DynamicResourceScope>,
    {
        Self::within(client, namespace, of)
    }

    fn within(client: Client, namespace: &str, of: &K::DynamicType) -> Self {
        Self(Api::namespaced_with(client, namespace, &ApiResource::erase::<K>(of)), PhantomData)
    }
}

impl<K: DeserializeOwned> Objects<K> {
    /// The object of that name, if there is one.
    pub async fn get_opt(&self, name: &str) -> Result<Option<K>> {
        self.0.get_opt(name).await?.map(typed).transpose()
    }

    /// Those that are asked for.
    pub async fn list(&self, params: &ListParams) -> Result<ObjectList<K>>
    where
        K: Clone,
    {
        let ObjectList { types, metadata, items } = self.0.list(params).await?;
        Ok(ObjectList { types, metadata, items: items.into_iter().map(typed).collect::<Result<_>>()? })
    }

    /// Makes one. Gives it as the API server has it.
    pub async fn create(&self, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        typed(self.0.create(params, &written(object)?).await?)
    }

    /// Puts it in the place of the one of that name. Gives it as the API server has it.
    pub async fn replace(&self, name: &str, params: &PostParams, object: &K) -> Result<K>
    where
        K: Serialize,
    {
        typed(self.0.replace(name, params, &written(object)?).await?)
    }

    /// Changes one. Gives it as the API server has it.
    pub async fn patch<P: Serialize + Debug>(&self, name: &str, params: &PatchParams, patch: &Patch<P>) -> Result<K> {
        typed(self.0.patch(name, params, patch).await?)
    }

    /// Changes the status of one. Gives it as the API server has it.
    pub async fn patch_status<P>(&self, name: &str, params: &PatchParams, patch: &Patch<P>) -> Result<K>
    where
        P: Serialize + Debug,
    {
        typed(self.0.patch_status(name, params, patch).await?)
    }
}

impl<K: DeserializeOwned + Send + 'static> Objects<K> {
    /// Lists and watches them; never ends. An object that is not of its kind is an error, after which they are listed anew.
    pub fn watch(&self, config: Config) -> BoxStream<'static, watcher::Result<Event<K>>> {
        stream::unfold(Watched::begin(self.0.clone(), config), Watched::next).boxed()
    }

    /// Watches the one of that name: `None` when it is not there.
    pub fn watch_one(&self, name: &str) -> BoxStream<'static, watcher::Result<Option<K>>> {
        let object = |object: Option<Raw>| object.map(typed).transpose().map_err(watcher::Error::WatchFailed);
        states(self.0.clone(), name).map(move |found| found.and_then(object)).boxed()
    }
}

// What follows is made once for all kinds: the watch of kube-runtime is large.

/// A watch, and what it takes to begin it anew.
struct Watched {
    api: Api<Raw>,
    config: Config,
    events: BoxStream<'static, watcher::Result<Event<Raw>>>,
}

impl Watched {
    fn begin(api: Api<Raw>, config: Config) -> Self {
        let events = watcher(api.clone(), config.clone()).boxed();
        Self { api, config, events }
    }

    async fn next<K: DeserializeOwned>(mut self) -> Option<(watcher::Result<Event<K>>, Self)> {
        match self.events.next().await?.map(whole) {
            Ok(Ok(event)) => Some((Ok(event), self)),
            Ok(Err(misread)) => Some((Err(watcher::Error::WatchFailed(misread)), Self::begin(self.api, self.config))),
            Err(error) => Some((Err(error), self)),
        }
    }
}

fn states(api: Api<Raw>, name: &str) -> BoxStream<'static, watcher::Result<Option<Raw>>> {
    watch_object(api, name).boxed()
}

fn written<K: Serialize>(object: &K) -> Result<Raw> {
    serde_json::to_value(object).map(Raw::from).map_err(Error::SerdeError)
}

fn typed<K: DeserializeOwned>(raw: Raw) -> Result<K> {
    decode(raw.object).map_err(|misfit| Error::SerdeError(misfit.into()))
}

fn whole<K: DeserializeOwned>(event: Event<Raw>) -> Result<Event<K>> {
    Ok(match event {
        Event::Apply(raw) => Event::Apply(typed(raw)?),
        Event::Delete(raw) => Event::Delete(typed(raw)?),
        Event::Init => Event::Init,
        Event::InitApply(raw) => Event::InitApply(typed(raw)?),
        Event::InitDone => Event::InitDone,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::convert::Infallible;
    use std::future::ready;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::StreamExt;
    use http::{Request, Response};
    use k8s_openapi::api::core::v1::Pod;
    use kube::Client;
    use kube::client::Body;
    use kube_runtime::watcher::{Config, Event};
    use serde_json::json;
    use tower::service_fn;

    use super::Objects;

    /// An API server with a pod whose containers are mended once they were listed.
    fn mended_later() -> Client {
        let lists = Arc::new(AtomicUsize::new(0));
        let answer = move |_: Request<Body>| {
            let is_first = lists.fetch_add(1, Ordering::SeqCst) == 0;
            let containers = if is_first { json!("web") } else { json!([{"name": "web"}]) };
            let pod = json!({"metadata": {"name": "shop", "resourceVersion": "5"}, "spec": {"containers": containers}});
            let list = json!({"metadata": {"resourceVersion": "7"}, "items": [pod]});
            ready(Ok::<_, Infallible>(Response::new(Body::from(list.to_string().into_bytes()))))
        };
        Client::new(service_fn(answer), "default")
    }

    #[tokio::test]
    async fn what_is_not_of_its_kind_is_told_and_no_list_ends_without_it() {
        let pods = Objects::<Pod>::namespaced(mended_later(), "shop");
        let told = pods.watch(Config::default()).take(5).map(|event| match event {
            Ok(Event::Init) => "begins".to_owned(),
            Ok(Event::InitApply(pod)) => pod.metadata.name.unwrap(),
            Ok(Event::InitDone) => "is whole".to_owned(),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        });
        let told: Vec<String> = told.collect().await;
        let misread = "watch stream failed: Error deserializing response: \
                       spec.containers: invalid type: string \"web\", expected a sequence";
        assert_eq!(told, ["begins", misread, "begins", "shop", "is whole"]);
    }
}
