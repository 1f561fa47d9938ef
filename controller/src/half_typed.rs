//! Objects with a field of the wrong type: what is stored of them, as the cache has no more than their names.

use kube::Resource;
use kube::api::{Api, DynamicObject};
use kube::core::error_boundary::InvalidObject;
use kube::core::{ApiResource, NamespaceResourceScope};

use crate::context::Context;
use crate::key::Key;

/// Objects of a kind in that one's namespace, kept as they are.
pub(crate) fn api<K>(ctx: &Context, key: &Key) -> Api<DynamicObject>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    Api::namespaced_with(ctx.client.clone(), &key.namespace, &ApiResource::erase::<K>(&()))
}

/// The object that cannot be read, freshly; nothing if it has changed since, or another has its name: the watch is about to show
/// that.
pub(crate) async fn stored<K>(ctx: &Context, key: &Key, invalid: &InvalidObject) -> kube::Result<Option<DynamicObject>>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    let live = api::<K>(ctx, key).get_opt(&key.name).await?;
    Ok(live.filter(|live| live.metadata.resource_version == invalid.metadata.resource_version))
}
