//! Which objects of a cluster an Application wants to see.

use std::collections::BTreeSet;

use sluice_crds::ApplicationStatus;
use sluice_gitops::spec::Spec;
use sluice_gitops::{Key, Object};

use super::observe::Looking;
use super::target::{Asked, Form};

/// The namespace that an Application is deployed to.
pub(super) fn namespace(spec: &Spec) -> Key {
    Key::new("", "Namespace", "", &spec.destination.namespace)
}

/// The key that a hook of the Application itself gets.
pub(super) fn own_hook(hook: &Object, spec: &Spec) -> Key {
    let placed = hook.in_namespace_or_own(&spec.destination.namespace);
    if placed.name().is_empty() { to_be_named(&placed) } else { placed.key() }
}

/// Stands for an object whose name is generated: what is made of it is known by its marks, for which its kind has to be watched.
fn to_be_named(object: &Object) -> Key {
    Key { name: format!("{}x", object.text("/metadata/generateName")), ..object.key() }
}

/// What a status names: all that was compared last, and all that the last operation wrote.
pub(super) fn recorded(status: &ApplicationStatus) -> impl Iterator<Item = Key> {
    let compared = status.resources.iter().map(|one| Key::new(&one.group, &one.kind, &one.namespace, &one.name));
    let result = status.operation_state.as_ref().and_then(|state| state.sync_result.as_ref());
    let of_operation = result.into_iter().flat_map(|result| &result.resources);
    compared.chain(of_operation.map(|one| Key::new(&one.group, &one.kind, &one.namespace, &one.name)))
}

/// What its sources describe now; `None`: they are not rendered.
pub(super) fn described(asked: &Asked) -> Option<BTreeSet<Key>> {
    match &asked.target {
        Form::Ready(ready) => Some(ready.prepared.objects.keys().cloned().collect()),
        Form::Pending | Form::Failed(_) | Form::Lost(_) => None,
    }
}

/// All objects that it names: what is described now and at the commit of its operation, what its status has of before, its own
/// hooks, and its namespace where it may have to be made.
pub(super) fn wanted(looking: &Looking<'_>, asked: &Asked) -> BTreeSet<Key> {
    let mut wanted = BTreeSet::new();
    for form in [Some(&asked.target), asked.pinned.as_ref()].into_iter().flatten() {
        if let Form::Ready(ready) = form {
            wanted.extend(ready.prepared.objects.keys().cloned());
            wanted.extend(ready.prepared.unnamed.iter().map(to_be_named));
        }
    }
    wanted.extend(looking.application.status.iter().flat_map(recorded));
    let hooks = looking.spec.hooks.iter();
    wanted.extend(hooks.map(|hook| own_hook(hook, looking.spec)));
    if asked.options.create_namespace {
        wanted.insert(namespace(looking.spec));
    }
    wanted
}
