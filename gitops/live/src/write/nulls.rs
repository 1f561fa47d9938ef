//! Fields that manifests set to null, as in `automated: null`.
//!
//! Where a definition does not let a field be null, the API server drops it from what is created or put, and from the client's own apply
//! too. From a server-side apply it does not: it refuses the object, and names them. So they are left out, and no others: in a
//! field of any form a null may mean something.

use sluice_gitops::Object;

use super::unknown::remove;
use crate::server::Failure;

/// The object without the nulls that a failure names; `None` if it names none.
pub(super) fn without(object: &Object, failure: &Failure) -> Option<Object> {
    let Failure::Said(status) = failure else { return None };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let nulls = causes.filter(|one| one.reason == "FieldValueTypeInvalid" && one.message.ends_with(": \"null\""));
    let mut value = object.to_value();
    let mut is_less = false;
    for null in nulls {
        is_less |= remove(&mut value, &format!(".{}", null.field));
    }
    is_less.then(|| value.into())
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use kube::core::response::{StatusCause, StatusDetails};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_null_that_may_not_be_is_left_out_and_no_other() {
        let cause = |field: &str, is: &str| StatusCause {
            reason: "FieldValueTypeInvalid".to_owned(),
            message: format!("Invalid value: \"{is}\": {field} in body must be of type object: \"{is}\""),
            field: field.to_owned(),
        };
        let left = |causes: Vec<StatusCause>| {
            let details = StatusDetails {
                causes,
                name: String::new(),
                group: String::new(),
                kind: String::new(),
                uid: String::new(),
                retry_after_seconds: 0,
            };
            let status = Status::failure("it is invalid", "Invalid").with_code(422);
            let failure = Failure::Said(Box::new(Status { details: Some(details), ..status }));
            let policy = json!({"automated": null, "retry": {"limit": null}, "syncOptions": [{"a": null}]});
            without(&Object::from(json!({"spec": {"syncPolicy": policy}})), &failure).map(|object| object.to_value())
        };
        let of_two =
            vec![cause("spec.syncPolicy.automated", "null"), cause("spec.syncPolicy.syncOptions[0].a", "null")];
        let expected = json!({"spec": {"syncPolicy": {"retry": {"limit": null}, "syncOptions": [{}]}}});
        assert_eq!(left(of_two), Some(expected));
        assert_eq!(left(vec![cause("spec.syncPolicy.retry", "string")]), None);
        assert_eq!(left(vec![cause("spec.other", "null")]), None);
    }
}
