//! Asks AWS CloudWatch for metric data.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header::CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use serde_json::{Map, Value, json};
use sluice_crds::{CloudWatchMetric, CloudWatchMetricStat, CloudWatchQuery as Spec, IntOrString, Violation};

use super::{Answer, Clients, MeasureError, aws::Account, checks, fetch, fetch::Server, sigv4};

/// Queries that can be sent once the account is found.
#[derive(Debug, Clone)]
pub struct CloudWatchQuery {
    /// In the words of the API.
    queries: Vec<Value>,
    /// How far back to look.
    back: SignedDuration,
}

/// How far back to look where the metric does not say.
const BACK: SignedDuration = SignedDuration::from_mins(5);

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The most queries that CloudWatch takes at a time.
const QUERIES: usize = 500;

/// What messages say of it.
static KIND: fetch::Kind = fetch::Kind { name: "CloudWatch", slow: "", large: "ask for less", refusal };

impl CloudWatchQuery {
    /// Checks queries. Any violation is added to `violations`, with its field seen from the metric.
    pub(crate) fn parse(metric: &CloudWatchMetric, violations: &mut Vec<Violation>) -> Option<Self> {
        let mut found = Vec::new();
        checks::unknown("", &metric.unknown, &mut found);
        let back = checks::span("interval", metric.interval.as_deref(), BACK, &mut found);
        let count = metric.metric_data_queries.len();
        if count == 0 || count > QUERIES {
            let message = format!("has {count} queries; there must be 1 to {QUERIES}");
            found.push(Violation::new("metricDataQueries", message));
        }
        let queries = metric.metric_data_queries.iter().take(QUERIES).enumerate();
        let queries = queries.map(|(index, query)| asked(&format!("metricDataQueries[{index}]"), query, &mut found));
        let queries: Vec<Value> = queries.collect();
        let sound = found.is_empty();
        violations.extend(found.into_iter().map(|violation| violation.within("provider.cloudWatch")));
        sound.then_some(Self { queries, back: back? })
    }

    fn request(&self, address: &Url, now: Timestamp) -> http::Result<Request<Bytes>> {
        let (end, start) = (now.as_second(), now.as_second() - self.back.as_secs());
        let body = json!({"StartTime": start, "EndTime": end, "MetricDataQueries": self.queries}).to_string();
        Request::post(address.as_str())
            .header(CONTENT_TYPE, "application/x-amz-json-1.0")
            .header("x-amz-target", "GraniteServiceVersion20100801.GetMetricData")
            .body(body.into())
    }
}

/// A query in the words of the API, without what was not said.
fn asked(place: &str, query: &Spec, violations: &mut Vec<Violation>) -> Value {
    checks::unknown(place, &query.unknown, violations);
    if query.id.is_empty() {
        violations.push(Violation::new(format!("{place}.id"), "is missing"));
    }
    if query.expression.is_some() == query.metric_stat.is_some() {
        violations.push(Violation::new(place, "needs either an expression or a metricStat"));
    }
    let period = period(&format!("{place}.period"), query.period.as_ref(), violations);
    let stat = query.metric_stat.as_ref().map(|stat| statistic(&format!("{place}.metricStat"), stat, violations));
    said([
        ("Id", Some(json!(query.id))),
        ("Expression", query.expression.as_ref().map(|text| json!(text))),
        ("Label", query.label.as_ref().map(|text| json!(text))),
        ("MetricStat", stat),
        ("Period", period),
        ("ReturnData", query.return_data.map(|flag| json!(flag))),
    ])
}

fn statistic(place: &str, stat: &CloudWatchMetricStat, violations: &mut Vec<Violation>) -> Value {
    checks::unknown(place, &stat.unknown, violations);
    checks::unknown(&format!("{place}.metric"), &stat.metric.unknown, violations);
    let mut text = |field: &str, text: &Option<String>| {
        checks::text(&format!("{place}.{field}"), text.as_deref(), violations).map(|text| json!(text))
    };
    let name = text("metric.metricName", &stat.metric.metric_name);
    let kind = text("stat", &stat.stat);
    let period = period(&format!("{place}.period"), stat.period.as_ref(), violations);
    let dimensions = stat.metric.dimensions.iter().enumerate().map(|(index, dimension)| {
        checks::unknown(&format!("{place}.metric.dimensions[{index}]"), &dimension.unknown, violations);
        json!({"Name": dimension.name, "Value": dimension.value})
    });
    let dimensions: Vec<Value> = dimensions.collect();
    let metric = said([
        ("Namespace", stat.metric.namespace.as_ref().map(|text| json!(text))),
        ("MetricName", name),
        ("Dimensions", (!dimensions.is_empty()).then(|| json!(dimensions))),
    ]);
    let unit = stat.unit.as_ref().map(|text| json!(text));
    said([("Metric", Some(metric)), ("Period", period), ("Stat", kind), ("Unit", unit)])
}

fn said<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// A number of seconds, written as such or, where an argument was put in, as a text.
fn period(field: &str, written: Option<&IntOrString>, violations: &mut Vec<Violation>) -> Option<Value> {
    let seconds = match written? {
        IntOrString::Int(seconds) => Some(*seconds),
        IntOrString::String(text) => text.trim().parse().ok(),
    };
    let seconds = seconds.filter(|seconds| *seconds > 0);
    if seconds.is_none() {
        violations.push(Violation::new(field, "must be a number of seconds above 0"));
    }
    seconds.map(|seconds| json!(seconds))
}

/// Takes one measurement. `now` is the end of the time that is looked at.
pub async fn measure(clients: &Clients, query: &CloudWatchQuery, now: Timestamp) -> Result<Answer, MeasureError> {
    let account = Account::find(clients, None, now).await?;
    let usual = format!("https://monitoring.{}.amazonaws.com", account.region);
    // The variable by which AWS's own programs are sent elsewhere.
    let address = account.environment.address("AWS_ENDPOINT_URL_CLOUDWATCH", &usual)?;
    let server = Server::new(&KIND, &address);
    let request = query.request(&address, now).map(|mut request| {
        sigv4::sign(&mut request, &account.keys, &account.region, "monitoring", now);
        request
    });
    let asking = async {
        let body = fetch::answer(&clients.strict, request, &server, clients.answer_limit).await?;
        read(&body).map_err(|why| server.unreadable(why))
    };
    account.environment.guard(fetch::within(TIMEOUT, &server, asking).await)
}

/// The results as a list of maps, by the API's names; an empty list where none has a value.
fn read(body: &[u8]) -> Result<Answer, String> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| format!("not what GetMetricData answers: {error}"))?;
    let results = body.get("MetricDataResults").and_then(Value::as_array);
    let results = results.ok_or("not what GetMetricData answers: it has no MetricDataResults")?;
    if let Some(why) = results.iter().find_map(incomplete) {
        return Err(why);
    }
    let values = |result: &Value| result.get("Values").cloned().unwrap_or_else(|| json!([]));
    let has_value = |result: &Value| values(result).as_array().is_some_and(|values| !values.is_empty());
    let messages = body.get("Messages").filter(|messages| messages.as_array().is_some_and(|all| !all.is_empty()));
    let metadata =
        messages.map(|messages| ("messages".to_owned(), fetch::beginning(messages.to_string(), super::SHOWN)));
    let shown = Value::from(results.iter().map(values).collect::<Vec<_>>()).to_string();
    let told = if results.iter().any(has_value) { results.clone() } else { Vec::new() };
    let text = fetch::beginning(shown, super::SHOWN);
    Ok(Answer { text, metadata: metadata.into_iter().collect(), ..Answer::of_json(told.into()) })
}

/// Why a result is not all that was asked for: a condition about all of its values would hold of the few, or the none, that came.
fn incomplete(result: &Value) -> Option<String> {
    let text = |field: &str| result.get(field).and_then(Value::as_str);
    let code = text("StatusCode").filter(|code| *code != "Complete")?;
    Some(format!("CloudWatch answers query {} with {code} data", text("Id").unwrap_or("?")))
}

/// AWS's own words in a refusal.
fn refusal(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let kind = text("__type").map(|kind| kind.rsplit('#').next().unwrap_or(kind));
    let words: Vec<&str> = [kind, text("message").or_else(|| text("Message"))].into_iter().flatten().collect();
    Some(words.join(": ")).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::provider::Keep;
    use crate::provider::fake::{Fake, Reply, clients, keeping, measured, serve};

    fn parse(metric: Value) -> Result<CloudWatchQuery, String> {
        let mut violations = Vec::new();
        let query = CloudWatchQuery::parse(&serde_json::from_value(metric).unwrap(), &mut violations);
        query.ok_or_else(|| sluice_crds::violation::in_lines(&violations))
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn account(server: &Fake) -> Clients {
        let environment = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
            ("AWS_ENDPOINT_URL_CLOUDWATCH", &*server.address),
        ];
        keeping(Keep::Environment, &environment)
    }

    fn errors() -> Value {
        let metric =
            json!({"namespace": "app", "metricName": "errors", "dimensions": [{"name": "service", "value": "web"}]});
        json!({"interval": "15m", "metricDataQueries": [
            {"id": "rate", "expression": "errors / 10"},
            {"id": "errors", "metricStat": {"metric": metric, "period": "300", "stat": "Sum", "unit": "Count"}, "returnData": false},
        ]})
    }

    async fn check(reply: Reply, expected: Expect) {
        let server = serve(vec![reply]).await;
        expected.assert_eq(&measured(&server, measure(&account(&server), &parse(errors()).unwrap(), now()).await));
    }

    fn results(values: Value) -> Reply {
        let result =
            json!({"Id": "rate", "Label": "rate", "StatusCode": "Complete", "Timestamps": [1.8e9], "Values": values});
        Reply::Json(200, json!({"MetricDataResults": [result], "Messages": []}).to_string())
    }

    #[tokio::test]
    async fn the_results_are_a_list_by_the_names_of_the_api() {
        let server = serve(vec![results(json!([0.02, 0.5]))]).await;
        let answer = measure(&account(&server), &parse(errors()).unwrap(), now()).await.unwrap();
        assert_eq!(answer.text, "[[0.02,0.5]]");
        let condition =
            crate::judge::Rule::parse("all(result[0].Values, {# <= 0.5}) && result[0].Id == 'rate'").unwrap();
        let conditions = crate::judge::Conditions { success: Some(condition), ..Default::default() };
        assert_eq!(conditions.judge(&answer.value, "").outcome, crate::judge::Outcome::Successful);
    }

    #[tokio::test]
    async fn no_point_is_no_data() {
        check(results(json!([])), expect!["array [[]]"]).await;
        let server = serve(vec![results(json!([]))]).await;
        let answer = measure(&account(&server), &parse(errors()).unwrap(), now()).await.unwrap();
        assert_eq!(answer.value, crate::condition::Value::list(Vec::new()));
    }

    /// `all(result[0].Values, {# <= 0.01})` holds of none.
    #[tokio::test]
    async fn a_result_that_is_not_whole_is_no_answer() {
        let whole = json!({"Id": "requests", "StatusCode": "Complete", "Values": [7]});
        let none = json!({"Id": "errors", "StatusCode": "InternalError", "Values": []});
        let body = json!({"MetricDataResults": [none, whole]}).to_string();
        check(
            Reply::Json(200, body),
            expect![
                "answer of CloudWatch at SERVER is of no use: CloudWatch answers query errors with InternalError data"
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn aws_in_trouble_never_gives_a_value() {
        check(
            Reply::Json(403, json!({"__type": "com.amazon#AccessDenied", "message": "not you"}).to_string()),
            expect!["CloudWatch at SERVER answered 403: AccessDenied: not you"],
        )
        .await;
        check(Reply::Json(200, "{}".to_owned()), expect!["answer of CloudWatch at SERVER is of no use: not what GetMetricData answers: it has no MetricDataResults"]).await;
        check(Reply::Moved("http://elsewhere/"), expect!["CloudWatch at SERVER answered 302: nothing"]).await;
    }

    #[tokio::test]
    async fn a_request_is_signed_and_carries_the_queries() {
        let server = Fake::answering(200, "{}").await;
        let _ = measure(&account(&server), &parse(errors()).unwrap(), now()).await;
        let asked = server.asked();
        let (head, body) = asked.rsplit_once('\n').unwrap();
        assert!(head.contains("Credential=AKID/20270115/eu-west-1/monitoring/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="), "{head}");
        expect![[r#"{"EndTime":1800000000,"MetricDataQueries":[{"Expression":"errors / 10","Id":"rate"},{"Id":"errors","MetricStat":{"Metric":{"Dimensions":[{"Name":"service","Value":"web"}],"MetricName":"errors","Namespace":"app"},"Period":300,"Stat":"Sum","Unit":"Count"},"ReturnData":false}],"StartTime":1799999100}"#]].assert_eq(body);
    }

    #[tokio::test]
    async fn an_account_that_is_not_there_is_named() {
        let query = parse(errors()).unwrap();
        let error = measure(&clients(), &query, now()).await.unwrap_err().to_string();
        assert_eq!(error, "AWS_REGION of the controller's environment: is missing");
        let role = [("AWS_REGION", "eu-west-1"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")];
        let error = measure(&keeping(Keep::Environment, &role), &query, now()).await.unwrap_err().to_string();
        expect!["AWS_ACCESS_KEY_ID of the controller's environment: is missing, and so is the role of a service account (AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, or AWS_CONTAINER_CREDENTIALS_FULL_URI)"].assert_eq(&error);
    }

    #[test]
    fn every_mistake_is_named_with_its_field() {
        let metric = json!({"interval": "x", "metricDataQueries": [
            {"expression": "a", "metricStat": {"metric": {"metric": "a"}, "period": 0}, "returndata": true}], "queries": []});
        expect![[r#"
            provider.cloudWatch.queries: there is no such field
            provider.cloudWatch.interval: read duration "x": write numbers with units, like "30s" or "1h30m"
            provider.cloudWatch.metricDataQueries[0].returndata: there is no such field
            provider.cloudWatch.metricDataQueries[0].id: is missing
            provider.cloudWatch.metricDataQueries[0]: needs either an expression or a metricStat
            provider.cloudWatch.metricDataQueries[0].metricStat.metric.metric: there is no such field
            provider.cloudWatch.metricDataQueries[0].metricStat.metric.metricName: is missing
            provider.cloudWatch.metricDataQueries[0].metricStat.stat: is missing
            provider.cloudWatch.metricDataQueries[0].metricStat.period: must be a number of seconds above 0
        "#]]
        .assert_eq(&parse(metric).unwrap_err());
        expect![[r#"
            provider.cloudWatch.metricDataQueries: has 0 queries; there must be 1 to 500
        "#]]
        .assert_eq(&parse(json!({"metricDataQueries": []})).unwrap_err());
    }
}
