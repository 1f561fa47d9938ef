//! Reads what Datadog answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::provider::Answer;

/// What API v1 answers.
#[derive(Deserialize)]
struct SeriesAnswer {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    series: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    /// Times and values.
    #[serde(default)]
    pointlist: Vec<(f64, Option<f64>)>,
}

/// The last value of the first series; nil where there is none.
pub(super) fn series(body: &[u8]) -> Result<Answer, String> {
    let answer: SeriesAnswer =
        serde_json::from_slice(body).map_err(|error| format!("not what the query API answers: {error}"))?;
    if let Some(error) = answer.error.filter(|error| !error.is_empty()) {
        return Err(error);
    }
    let points = answer.series.first().map(|series| series.pointlist.as_slice()).unwrap_or_default();
    Ok(Answer::of_number(points.last().and_then(|(_, value)| *value)))
}

/// What API v2 answers.
#[derive(Deserialize)]
struct ScalarAnswer {
    #[serde(default)]
    errors: Option<Value>,
    #[serde(default)]
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    errors: Option<Value>,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
struct Attributes {
    #[serde(default)]
    columns: Vec<Column>,
}

/// Numbers, or the tags of each group.
#[derive(Deserialize)]
struct Column {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    values: Vec<Value>,
}

/// The number of a query, or the list of its groups' numbers; nil where there is none.
pub(super) fn scalar(body: &[u8]) -> Result<Answer, String> {
    let answer: ScalarAnswer =
        serde_json::from_slice(body).map_err(|error| format!("not what the query API answers: {error}"))?;
    let data = answer.data.unwrap_or(Data { errors: None, attributes: Attributes::default() });
    if let Some(errors) = [answer.errors, data.errors].into_iter().flatten().find_map(|errors| words(&errors)) {
        return Err(errors);
    }
    let columns = data.attributes.columns;
    let groups: Vec<&Column> = columns.iter().filter(|column| column.kind == "group").collect();
    let numbers = columns.iter().find(|column| column.kind.is_empty() || column.kind == "number");
    let values = numbers.map(|column| column.values.as_slice()).unwrap_or_default();
    let values = values.iter().enumerate().filter(|(_, value)| !value.is_null());
    let values = values.map(|(row, value)| Ok((row, value.as_f64().ok_or_else(|| format!("{value} is no number"))?)));
    let values = values.collect::<Result<Vec<(usize, f64)>, String>>()?;
    if groups.is_empty() || values.is_empty() {
        return Ok(Answer::of_number(values.first().map(|(_, number)| *number)));
    }
    let named = values.iter().map(|(row, number)| Some(json!({"name": label(&groups, *row)?, "value": number})));
    let named: Vec<Value> = named.collect::<Option<_>>().ok_or("a group has no name")?;
    let answer = Answer::of_list(values.into_iter().map(|(_, number)| number).collect());
    Ok(Answer { metadata: metadata(named), ..answer })
}

/// The tags of a row, of all the columns that tell groups apart.
fn label(columns: &[&Column], row: usize) -> Option<String> {
    let of_column = |column: &&Column| serde_json::from_value::<Vec<String>>(column.values.get(row)?.clone()).ok();
    let tags = columns.iter().map(of_column).collect::<Option<Vec<_>>>()?.concat();
    (!tags.is_empty()).then(|| tags.join(","))
}

/// The most groups that are written into status. The conditions see all of them.
const SHOWN: usize = 100;

/// Which group has which number; of too many, those at both ends.
fn metadata(mut groups: Vec<Value>) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::new();
    if groups.len() > SHOWN {
        let number = |group: &Value| group.get("value").and_then(Value::as_f64).unwrap_or_default();
        groups.sort_by(|one, other| number(one).total_cmp(&number(other)));
        groups.drain(SHOWN / 2..groups.len() - SHOWN / 2);
        metadata.insert("groups_truncated".to_owned(), "true".to_owned());
    }
    metadata.insert("groups".to_owned(), Value::from(groups).to_string());
    metadata
}

/// Datadog's own words in a refusal.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    words(answer.get("errors").or_else(|| answer.get("error"))?)
}

/// What an error says: a text, or a list of texts or of objects.
fn words(errors: &Value) -> Option<String> {
    let text = match errors {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(several) => several.iter().filter_map(words).collect::<Vec<_>>().join("; "),
        Value::Object(_) => errors.get("detail").or_else(|| errors.get("title"))?.as_str()?.to_owned(),
        other => other.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}
