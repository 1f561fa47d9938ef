//! How objects are read from an API server: every kind by one decoder.
//!
//! serde makes the code that decodes a kind anew for each source it is decoded from, and kube has four: a whole answer, a line of a
//! watch, and either half of an event that was put aside. For a pod that is four times the code of a hundred types, and the plugin
//! was twice its size for it. Here the text becomes a [`serde_json::Value`] first, whatever the kind, and the kind is decoded from
//! that: once. It costs some microseconds an object.
//!
//! [`Objects`] takes the place of [`kube::Api`] wherever typed objects are read, [`Guarded`] that of kube's `DeserializeGuard`.

mod guarded;
mod objects;
mod thin;

pub use guarded::Guarded;
pub use objects::Objects;
pub use thin::Thin;
