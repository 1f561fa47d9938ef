//! Go's templates, with what the established controllers give them: `time`, `strings`; of Applications `sync` and `repo` too.

use jiff::Timestamp;
use serde_json::Value as Json;
use sluice_analysis::address;
use sluice_notify::config::Subject;
use sluice_template::{Context, Moment, Template, Value};

/// Go's layout of a time in an object.
const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

/// Writes out one template. An error says what is wrong with it, and shows no value.
pub fn write(source: &str, variables: &Json, subject: Subject, now: Timestamp) -> Result<String, String> {
    let template = Template::parse(source).map_err(|error| error.to_string())?;
    let mut surroundings = vec![("time".to_owned(), time(now)), ("strings".to_owned(), strings())];
    if subject == Subject::Application {
        surroundings.extend([("sync".to_owned(), sync()), ("repo".to_owned(), repo())]);
    }
    let context = Context { variables: surroundings, ..Context::at(now) };
    template.render(variables, &context).map_err(|error| error.to_string())
}

fn time(now: Timestamp) -> Value {
    let parse = |args: &[Value]| {
        let text = one(args)?;
        Moment::parse(RFC3339, text).map(Value::Time).ok_or_else(|| format!("is no time as {RFC3339}"))
    };
    Value::map([
        ("Now".to_owned(), Value::function("Now", move |_| Ok(Value::Time(Moment::utc(now))))),
        ("Parse".to_owned(), Value::function("Parse", parse)),
        ("RFC3339".to_owned(), Value::text(RFC3339)),
    ])
}

fn strings() -> Value {
    let replace = |args: &[Value]| match args {
        [text, old, new] => {
            let texts = [text, old, new].map(Value::as_text);
            let [Some(text), Some(old), Some(new)] = texts else { return Err("needs three texts".to_owned()) };
            Ok(Value::text(text.replace(old, new)))
        }
        _ => Err(format!("needs three texts, not {}", args.len())),
    };
    let upper = |args: &[Value]| one(args).map(|text| Value::text(text.to_uppercase()));
    let lower = |args: &[Value]| one(args).map(|text| Value::text(text.to_lowercase()));
    Value::map([
        ("ReplaceAll".to_owned(), Value::function("ReplaceAll", replace)),
        ("ToUpper".to_owned(), Value::function("ToUpper", upper)),
        ("ToLower".to_owned(), Value::function("ToLower", lower)),
    ])
}

/// What was noted of a sync: `{{call .sync.GetInfoItem .app "ticket"}}`.
fn sync() -> Value {
    let item = |args: &[Value]| match args {
        [Value::Map(app), name] => {
            let name = name.as_text().ok_or("needs an Application and the name of an item")?;
            Ok(Value::text(info_item(app, name).unwrap_or_default()))
        }
        _ => Err("needs an Application and the name of an item".to_owned()),
    };
    Value::map([("GetInfoItem".to_owned(), Value::function("GetInfoItem", item))])
}

/// The item of that name, of the operation that is asked for, or else of the last one.
fn info_item(app: &sluice_template::Map, name: &str) -> Option<String> {
    let field = |value: Value, name: &str| if let Value::Map(map) = value { map.get(name) } else { None };
    let last = || field(field(app.get("status")?, "operationState")?, "operation");
    let Value::List(items) = field(app.get("operation").or_else(last)?, "info")? else { return None };
    let named = |item: &&Value| {
        let found = field((*item).clone(), "name");
        found.as_ref().and_then(Value::as_text) == Some(name)
    };
    field(items.values().iter().find(named)?.clone(), "value")?.as_text().map(str::to_owned)
}

/// What an address of a repository says. What would have to be fetched for a notice is an error that says so.
fn repo() -> Value {
    let of_address = |name: &'static str, of: fn(&str) -> String| {
        (name.to_owned(), Value::function(name, move |args| one(args).map(|text| Value::text(of(text)))))
    };
    let fetched = |name: &'static str| {
        let why = format!(
            "{name} is not there: nothing is fetched for a notice; .app.status has what is known of the commit"
        );
        (name.to_owned(), Value::function(name, move |_| Err(why.clone())))
    };
    Value::map([
        of_address("RepoURLToHTTPS", address::in_https),
        of_address("FullNameByRepoURL", address::full_name),
        of_address("QueryEscape", address::query_escape),
        fetched("GetCommitMetadata"),
        fetched("GetAppDetails"),
    ])
}

fn one(args: &[Value]) -> Result<&str, String> {
    match args {
        [text] => text.as_text().ok_or_else(|| format!("needs a text, not a {}", text.type_name())),
        _ => Err(format!("needs one text, not {}", args.len())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_find_time_and_strings() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let data = json!({"rollout": {"metadata": {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"}}});
        for (source, expected) in [
            ("{{.rollout.metadata.name | upper}}", "WEB"),
            ("{{(call .time.Now).Format \"15:04\"}}", "03:04"),
            ("{{(call .time.Parse .rollout.metadata.creationTimestamp).Year}}", "2026"),
            ("{{call .strings.ReplaceAll .rollout.metadata.name \"w\" \"W\"}}", "Web"),
            ("{{call .strings.ToUpper \"a\"}}{{call .strings.ToLower \"B\"}}", "Ab"),
        ] {
            assert_eq!(write(source, &data, Subject::Rollout, now).as_deref(), Ok(expected), "{source}");
        }
        let write = |source, data, now| write(source, data, Subject::Rollout, now);
        assert!(write("{{call .time.Parse \"soon\"}}", &data, now).unwrap_err().contains("is no time as"));
        assert!(write("{{.rollout.metadata.name", &data, now).is_err());
    }

    /// <https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/functions/>
    #[test]
    fn templates_of_applications_find_their_sync_and_their_repository() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let info = json!([{"name": "ticket", "value": "OPS-1"}]);
        let data = json!({"app": {
            "spec": {"source": {"repoURL": "git@github.com:org/repo.git"}},
            "status": {"operationState": {"operation": {"info": info}}},
        }});
        for (source, expected) in [
            (r#"{{call .sync.GetInfoItem .app "ticket"}}"#, "OPS-1"),
            (r#"{{call .sync.GetInfoItem .app "other"}}"#, ""),
            ("{{call .repo.RepoURLToHTTPS .app.spec.source.repoURL}}", "https://github.com/org/repo.git"),
            ("{{call .repo.FullNameByRepoURL .app.spec.source.repoURL}}", "org/repo"),
            (r#"{{call .repo.QueryEscape "a b"}}"#, "a+b"),
        ] {
            assert_eq!(write(source, &data, Subject::Application, now).as_deref(), Ok(expected), "{source}");
        }
        let fetched = write(r#"{{(call .repo.GetCommitMetadata "abc").Author}}"#, &data, Subject::Application, now);
        assert!(fetched.unwrap_err().contains("nothing is fetched for a notice"));
        let of_rollouts = write(r#"{{call .repo.QueryEscape "a"}}"#, &data, Subject::Rollout, now);
        assert!(of_rollouts.is_err());
    }
}
