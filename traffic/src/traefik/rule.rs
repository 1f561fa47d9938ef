//! Rules of IngressRoutes: what a request must be, in Traefik's words.

use crate::managed::{Managed, Request, Rule, Text, escaped};

/// The user's rule, for such requests only as the managed route is about.
pub(super) fn narrowed(own: &str, route: &Managed) -> String {
    let also = match &route.rule {
        Rule::Headers(headers) => headers.iter().map(|header| of_header(&header.name, &header.value)).collect(),
        Rule::Mirror(requests, _) => vec![any(requests)],
    };
    std::iter::once(format!("({own})")).chain(also).collect::<Vec<_>>().join(" && ")
}

fn any(requests: &[Request]) -> String {
    let each: Vec<String> = requests.iter().map(|request| format!("({})", of_request(request))).collect();
    format!("({})", each.join(" || "))
}

fn of_request(request: &Request) -> String {
    let method = request.method.as_ref().map(|text| format!("Method({})", quoted(text.parts().1)));
    let path = request.path.as_ref().map(of_path);
    let headers = request.headers.iter().map(|(name, value)| of_header(name, value));
    method.into_iter().chain(path).chain(headers).collect::<Vec<_>>().join(" && ")
}

fn of_path(path: &Text) -> String {
    let (matcher, text) = match path {
        Text::Exact(text) => ("Path", text),
        Text::Prefix(text) => ("PathPrefix", text),
        Text::Regex(text) => ("PathRegexp", text),
    };
    format!("{matcher}({})", quoted(text))
}

fn of_header(name: &str, value: &Text) -> String {
    let (matcher, value) = match value {
        Text::Exact(text) => ("Header", text.clone()),
        Text::Prefix(text) => ("HeaderRegexp", format!("^{}", escaped(text))),
        Text::Regex(text) => ("HeaderRegexp", text.clone()),
    };
    format!("{matcher}({}, {})", quoted(name), quoted(&value))
}

/// Rules are read as Go reads its expressions: a text without backticks stands in backticks as it is, any other in double
/// quotes.
fn quoted(text: &str) -> String {
    if text.contains('`') {
        return format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    }
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::managed::Header;

    fn headers(value: Text) -> Managed {
        Managed { name: "testers".into(), rule: Rule::Headers(vec![Header { name: "X-Tester".into(), value }]) }
    }

    #[test]
    fn a_value_stands_in_a_rule_so_that_it_means_itself() {
        for (value, rule) in [
            (Text::Exact("yes".into()), r"(Host(`a`)) && Header(`X-Tester`, `yes`)"),
            (Text::Exact(r#"a`b"c\d"#.into()), r#"(Host(`a`)) && Header(`X-Tester`, "a`b\"c\\d")"#),
            (Text::Exact(r#"") || Host("b"#.into()), r#"(Host(`a`)) && Header(`X-Tester`, `") || Host("b`)"#),
            (Text::Prefix("1.2".into()), r"(Host(`a`)) && HeaderRegexp(`X-Tester`, `^1\.2`)"),
            (Text::Prefix("`.".into()), r#"(Host(`a`)) && HeaderRegexp(`X-Tester`, "^`\\.")"#),
            (Text::Regex(r"^v\d$".into()), r"(Host(`a`)) && HeaderRegexp(`X-Tester`, `^v\d$`)"),
        ] {
            assert_eq!(narrowed("Host(`a`)", &headers(value)), rule);
        }
    }

    #[test]
    fn a_rule_of_alternatives_is_narrowed_as_a_whole() {
        let [a, b] = [Text::Exact("1".into()), Text::Exact("2".into())];
        let both = [("A", a), ("B", b)].map(|(name, value)| Header { name: name.into(), value });
        let route = Managed { name: "testers".into(), rule: Rule::Headers(both.to_vec()) };
        assert_eq!(
            narrowed("Host(`a`) || Host(`b`)", &route),
            "(Host(`a`) || Host(`b`)) && Header(`A`, `1`) && Header(`B`, `2`)"
        );
    }

    #[test]
    fn a_mirror_is_for_requests_that_fit_any_of_its_kinds() {
        let get = Request { method: Some(Text::Exact("GET".into())), ..Request::default() };
        let shop = Request {
            path: Some(Text::Prefix("/shop".into())),
            headers: BTreeMap::from([("A".into(), Text::Exact("1".into()))]),
            ..Request::default()
        };
        let one = Request { path: Some(Text::Regex("^/[0-9]+$".into())), ..Request::default() };
        let home = Request { path: Some(Text::Exact("/".into())), ..Request::default() };
        let route = Managed { name: "copies".into(), rule: Rule::Mirror(vec![get, shop, one, home], 10) };
        assert_eq!(
            narrowed("Host(`a`)", &route),
            "(Host(`a`)) && ((Method(`GET`)) || (PathPrefix(`/shop`) && Header(`A`, `1`)) || (PathRegexp(`^/[0-9]+$`)) || (Path(`/`)))"
        );
    }
}
