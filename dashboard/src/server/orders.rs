//! Orders: allowed, read anew, decided, written.

pub(super) mod application;
pub(super) mod rollout;

use std::fmt::Debug;
use std::sync::Arc;

use axum::extract::{FromRequest, Path, Request};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, RequestExt};
use http::StatusCode;
use http::header::ACCEPT;
use k8s_openapi::NamespaceResourceScope;
use kube::api::PatchParams;
use kube::{Client, Resource};
use serde::de::DeserializeOwned;
use sluice_orders::{Part, Verdict, is_overtaken};
use sluice_read::Objects;
use tracing::info;

use super::Dashboard;
use super::guard::Caller;
use super::problem::Problem;
use crate::Root;
use crate::access::{Question, Reviews, Session, myself};
use crate::kind::Kind;
use crate::watch::Key;

/// Who wrote it, as the object's managedFields tell.
const MANAGER: &str = "sluice-dashboard";
/// How often a decision is taken anew; the controller writes the same object.
const TRIES: usize = 10;

/// An order's form as it was sent, by somebody who is known.
pub(super) struct Sent<T> {
    session: Arc<Session>,
    key: Key,
    is_script: bool,
    root: Root,
    form: Result<T, Problem>,
}

impl<T: DeserializeOwned> FromRequest<Arc<Dashboard>> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(mut request: Request, dashboard: &Arc<Dashboard>) -> Result<Self, Problem> {
        let Caller(session) = request.extract_parts_with_state(dashboard).await?;
        let path = request.extract_parts::<Path<(String, String)>>().await;
        let Path((namespace, name)) = path.map_err(|error| Problem::Bad(error.body_text()))?;
        let is_script = request.headers().get(ACCEPT).is_some_and(|kinds| kinds.as_bytes() == b"text/plain");
        let form = Form::<T>::from_request(request, dashboard).await;
        let form = form.map(|Form(form)| form).map_err(|error| Problem::Bad(error.body_text()));
        let root = dashboard.settings.root.clone();
        Ok(Self { session, key: Key::new(&namespace, &name), is_script, root, form })
    }
}

impl<T> Sent<T> {
    /// The order in it, to an object of that kind.
    fn order<'a>(&'a self, dashboard: &'a Dashboard, kind: Kind, name: &'a str) -> Order<'a> {
        Order {
            client: &dashboard.settings.client,
            reviews: &dashboard.reviews,
            session: &self.session,
            kind,
            key: &self.key,
            name,
        }
    }

    /// Tells what came of it: to scripts as text, to people on the object's page.
    fn answer(&self, kind: Kind, done: Result<String, Problem>) -> Response {
        match done {
            Ok(said) if self.is_script => said.into_response(),
            Err(problem) if self.is_script => (problem.status(), problem.to_string()).into_response(),
            Err(problem @ Problem::Missing { .. }) => problem.into_response(),
            done => {
                self.session.say(done.unwrap_or_else(|problem| problem.to_string()));
                let page = self.root.at(&kind.page(&self.key.namespace, &self.key.name));
                page.parse::<http::Uri>().map_or_else(
                    |_| (StatusCode::BAD_REQUEST, "no such object\n").into_response(),
                    |page| Redirect::to(&page.to_string()).into_response(),
                )
            }
        }
    }
}

/// An order to one object, from somebody.
struct Order<'a> {
    client: &'a Client,
    reviews: &'a Reviews,
    session: &'a Session,
    kind: Kind,
    key: &'a Key,
    /// What is ordered, as the form says it.
    name: &'a str,
}

impl Order<'_> {
    /// Turns away forms of other sessions, and whoever may write none of these parts: they learn nothing, not even whether
    /// the object is there.
    async fn begin(&self, csrf: &str, parts: &[Part]) -> Result<(), Problem> {
        if !self.session.csrf.is(csrf) {
            return Err(Problem::Bad("the page is from another session: load it again".to_owned()));
        }
        for part in parts {
            if self.allowed(*part).await? {
                return Ok(());
            }
        }
        Err(self.forbidden(parts.first().copied().unwrap_or(Part::Object)))
    }

    /// Who gives it: in a cluster the object itself would only tell that the controller wrote it.
    async fn who(&self) -> String {
        match self.session.user() {
            Some(user) => user.to_owned(),
            None => myself(self.client).await,
        }
    }

    /// Has it decided on a fresh read, and writes; again where somebody wrote in between. Tells what was done.
    async fn carry_out<K>(&self, decide: impl Fn(&K) -> Verdict + Send + Sync) -> Result<String, Problem>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned,
    {
        let key = self.key;
        let api: Objects<K> = Objects::namespaced(self.client.clone(), &key.namespace);
        for _ in 0..TRIES {
            let object = self.read(&api).await?;
            let write = match decide(&object) {
                Verdict::Nothing(why) => return Ok(format!("{key} {why}")),
                Verdict::Refused(why) => return Err(Problem::Refused(format!("{key} {why}"))),
                Verdict::Write(write) => write,
            };
            let requests = write.requests(object.meta().resource_version.as_deref());
            for request in &requests {
                if !self.allowed(request.part).await? {
                    return Err(self.forbidden(request.part));
                }
            }
            if self.written(&api, requests).await? {
                let user = self.session.user().unwrap_or_default();
                info!(user, kind = self.kind.name(), object = %key, order = self.name, "order given");
                return Ok(format!("{key} {}", write.said));
            }
        }
        Err(Problem::Refused(format!("{key} is written too often by others; nothing was done. Try again")))
    }

    async fn read<K: Clone + Debug + DeserializeOwned>(&self, api: &Objects<K>) -> Result<K, Problem> {
        let found = api.get_opt(&self.key.name).await;
        let found = found.map_err(|error| Problem::cluster(&format!("read the {}", self.kind.name()), &error))?;
        found.ok_or_else(|| Problem::Missing { kind: self.kind, key: self.key.clone(), near: Vec::new() })
    }

    /// Makes the requests; false if the object is no longer what they were decided for.
    async fn written<K>(&self, api: &Objects<K>, requests: Vec<sluice_orders::Request>) -> Result<bool, Problem>
    where
        K: Clone + Debug + DeserializeOwned,
    {
        let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        for sluice_orders::Request { part, patch } in requests {
            let name = &self.key.name;
            let done = match part {
                Part::Object => api.patch(name, &params, &patch.into()).await,
                Part::Status => api.patch_status(name, &params, &patch.into()).await,
            };
            match done {
                Err(kube::Error::Api(refusal)) if is_overtaken(&refusal) => return Ok(false),
                Err(error) => return Err(Problem::cluster(&format!("write the {}", self.kind.name()), &error)),
                Ok(_) => {}
            }
        }
        Ok(true)
    }

    async fn allowed(&self, part: Part) -> Result<bool, Problem> {
        let question = Question::write(self.kind, self.key, subresource(part));
        self.session.may(self.reviews, &question).await.map_err(Problem::review)
    }

    fn forbidden(&self, part: Part) -> Problem {
        let resource = match part {
            Part::Object => self.kind.resource().to_owned(),
            Part::Status => format!("{}/status", self.kind.resource()),
        };
        Problem::Forbidden(format!("you may not do this to {}: ask for the verb patch on {resource}", self.key))
    }
}

fn subresource(part: Part) -> &'static str {
    match part {
        Part::Object => "",
        Part::Status => "status",
    }
}
