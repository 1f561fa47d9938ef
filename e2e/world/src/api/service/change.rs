//! Writes over HTTP.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::edit::{self, Edit, Force, Operation};
use super::super::meta;
use super::super::scale;
use super::super::status::{Cause, Status};
use super::super::write::{self, Call, Done, Outcome, Run};
use super::accept::Form;
use super::answer::Answer;
use super::body::{self, check_name};
use super::target::Target;
use super::{ApiService, Asked, Sub, list, options, read};

/// `POST` of a collection.
pub(super) fn create(service: &ApiService, asked: &Asked, target: &Target, form: Form) -> Result<Answer, Status> {
    let object = body::object(asked, target)?;
    let run = options::run(asked, "CreateOptions")?;
    let name = meta::text(&object, "name").to_owned();
    let done = act(service, asked, target, run, &name, |state, call| write::create(state, call, object))?;
    Ok(answered(&done, target, form))
}

/// `PUT` of an object, its status or its scale.
pub(super) fn put(service: &ApiService, asked: &Asked, target: &Target, form: Form) -> Result<Answer, Status> {
    let object = match target.sub() {
        Sub::Scale => body::scale(asked, target)?,
        Sub::Object | Sub::Status | Sub::Eviction => body::object(asked, target)?,
    };
    let run = options::run(asked, "UpdateOptions")?;
    let edit = Edit::Put(object);
    let done = act(service, asked, target, run, target.name(), |state, call| write::update(state, call, edit))?;
    Ok(answered(&done, target, form))
}

/// `PATCH` of an object, its status or its scale.
pub(super) fn patch(service: &ApiService, asked: &Asked, target: &Target, form: Form) -> Result<Answer, Status> {
    let media = Media::of(asked, target)?;
    check_options(asked, media)?;
    let run = options::run(asked, "PatchOptions")?;
    let patch = media.parse(asked)?;
    let operations: Vec<Operation>;
    let edit = match media {
        Media::Merge => Edit::Merge(&patch),
        Media::Strategic => {
            if let Some(directive) = edit::unserved(&patch) {
                let message = format!("the simulated API server does not follow {directive} in patches");
                return Err(Status::new(501, "NotImplemented", message));
            }
            Edit::Strategic(&patch)
        }
        Media::Json => {
            operations = Operation::parse(&patch)?;
            Edit::Json(&operations)
        }
        Media::Apply => Edit::Apply(&patch, force(asked)),
    };
    if media == Media::Apply {
        check_applied(target, &patch)?;
    }
    let done = act(service, asked, target, run, target.name(), |state, call| write::update(state, call, edit))?;
    Ok(answered(&done, target, form))
}

/// `DELETE` of an object.
pub(super) fn delete(service: &ApiService, asked: &Asked, target: &Target, form: Form) -> Result<Answer, Status> {
    let (deletion, run) = options::deletion(asked)?;
    let act = |state: &mut _, call: &Call| write::delete(state, call, &deletion);
    let done = self::act(service, asked, target, run, target.name(), act)?;
    let whole = ["Pod", "Service", "Namespace"].contains(&target.of.kind);
    if done.outcome == Outcome::Going || whole {
        return Ok(read::object(StatusCode::OK, &done.entry, target, form));
    }
    let mut details =
        json!({"name": target.name(), "kind": target.of.plural, "uid": meta::of(&done.entry.value, "uid")});
    if !target.of.group.is_empty() {
        details["group"] = target.of.group.into();
    }
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Ok(Answer::ok(&status))
}

/// `POST` of a pod's eviction.
pub(super) fn evict(service: &ApiService, asked: &Asked, target: &Target) -> Result<Answer, Status> {
    let run = options::run(asked, "CreateOptions")?;
    let deletion = options::eviction(asked)?;
    act(service, asked, target, run, target.name(), |state, call| write::evict(state, call, &deletion))?;
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(Answer::value(StatusCode::CREATED, &status))
}

/// `DELETE` of a collection.
pub(super) fn delete_all(service: &ApiService, asked: &Asked, target: &Target, form: Form) -> Result<Answer, Status> {
    let (deletion, run) = options::deletion(asked)?;
    let version = service.store.version();
    let entries = list::selected(service, asked, target)?;
    for entry in &entries {
        let place = Target { namespace: meta::text(&entry.value, "namespace").to_owned(), ..target.clone() };
        let name = meta::text(&entry.value, "name");
        // One that went meanwhile is gone, as asked.
        let _ = act(service, asked, &place, run, name, |state, call| write::delete(state, call, &deletion));
    }
    Ok(Answer::json(StatusCode::OK, list::of(entries, version, target, form)))
}

fn act(
    service: &ApiService,
    asked: &Asked,
    target: &Target,
    run: Run,
    name: &str,
    act: impl FnOnce(&mut super::super::state::State, &Call) -> Result<Done, Status>,
) -> Result<Done, Status> {
    let (of, namespace, sub, by) = (target.of, target.namespace.as_str(), target.sub(), asked.manager());
    let strict = asked.query.text("fieldValidation") == "Strict";
    let unknown = if strict { write::Unknown::Refused } else { write::Unknown::Dropped };
    service.store.act(|state, now| act(state, &Call { of, namespace, name, sub, by, run, unknown, now }))
}

fn answered(done: &Done, target: &Target, form: Form) -> Answer {
    let status = if done.outcome == Outcome::Created { StatusCode::CREATED } else { StatusCode::OK };
    match target.sub() {
        Sub::Scale => Answer::value(status, &scale::of(target.of, &done.entry.value)),
        Sub::Object | Sub::Status | Sub::Eviction => read::object(status, &done.entry, target, form),
    }
}

/// The languages of patches.
#[derive(Clone, Copy, PartialEq)]
enum Media {
    Merge,
    Json,
    Strategic,
    Apply,
}

impl Media {
    fn of(asked: &Asked, target: &Target) -> Result<Self, Status> {
        match asked.content_type() {
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/json-patch+json" => Ok(Self::Json),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            "application/strategic-merge-patch+json" if !target.of.custom => Ok(Self::Strategic),
            _ if target.of.custom => {
                let known = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
                Err(body::unknown_format(known))
            }
            _ => {
                let refusal = Status::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
                Err(Status { details: Some(json!({})), ..refusal })
            }
        }
    }

    fn parse(self, asked: &Asked) -> Result<Value, Status> {
        let wrong = |why: String| Status::bad_request(format!("error decoding patch: {why}"));
        let patch: Value =
            serde_json::from_slice(&asked.body).map_err(|error| wrong(body::json_error(&asked.body, &error)))?;
        match self {
            Self::Json if !patch.is_array() => {
                let kind = if patch.is_object() { "object" } else { "value" };
                Err(wrong(format!("json: cannot unmarshal {kind} into Go value of type []handlers.jsonPatchOp")))
            }
            Self::Merge | Self::Strategic | Self::Apply if !patch.is_object() => {
                Err(wrong("json: cannot unmarshal value into Go value of type map[string]interface {}".to_owned()))
            }
            _ => Ok(patch),
        }
    }
}

fn force(asked: &Asked) -> Force {
    if asked.query.says("force") { Force::Take } else { Force::Leave }
}

fn check_options(asked: &Asked, media: Media) -> Result<(), Status> {
    let cause = match media {
        Media::Apply if asked.query.text("fieldManager").is_empty() => {
            Cause::required("fieldManager", "is required for apply patch")
        }
        Media::Apply => return Ok(()),
        _ if asked.query.get("force").is_some() => {
            Cause::forbidden("force", "may not be specified for non-apply patch")
        }
        _ => return Ok(()),
    };
    Err(Status::invalid_as("meta.k8s.io", "PatchOptions", "", &[cause]))
}

fn check_applied(target: &Target, applied: &Value) -> Result<(), Status> {
    let (version, kind) =
        (applied["apiVersion"].as_str().unwrap_or_default(), applied["kind"].as_str().unwrap_or_default());
    if version != target.of.api_version() || kind != target.of.kind {
        return Err(Status::bad_request(format!("invalid object type: {version}, Kind={kind}")));
    }
    if !meta::list(applied, "managedFields").is_empty() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    check_name(target.name(), applied)
}
