//! Objects with a field of the wrong type: what is stored of them, as the cache has no more than their names.

use kube::Resource;
use kube::api::DynamicObject;
use kube::core::NamespaceResourceScope;
use kube::core::error_boundary::InvalidObject;

use crate::context::Context;
use crate::key::Key;

/// The object that cannot be read, freshly; nothing if it has changed since, or another has its name: the watch is about to show
/// that.
pub(crate) async fn stored<K>(ctx: &Context, key: &Key, invalid: &InvalidObject) -> kube::Result<Option<DynamicObject>>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    let live = ctx.untyped::<K>(&key.namespace).get_opt(&key.name).await?;
    Ok(live.filter(|live| live.metadata.resource_version == invalid.metadata.resource_version))
}
