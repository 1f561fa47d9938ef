//! How objects are read from an API server: every kind by one decoder.
//!
//! serde makes the code that decodes a kind anew for each source it is decoded from, and kube has four: a whole answer, a line of a
//! watch, and either half of an event that was put aside. For a pod that is four times the code of a hundred types, and the plugin
//! was twice its size for it. Here the text becomes [`Raw`] first, whatever the kind, by one client and one watch, and the kind is
//! decoded from that by [`sluice_crds::decode`]: once. It costs some microseconds an object.
//!
//! [`Objects`] takes the place of [`kube::Api`] wherever typed objects are read, [`Guarded`] that of kube's `DeserializeGuard`.

mod guarded;
mod objects;
mod raw;

pub use guarded::Guarded;
pub use objects::Objects;
pub use raw::Raw;
