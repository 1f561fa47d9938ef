//! What the server remembers, and for how long.

use expect_test::expect;

use super::story::check;

#[test]
fn a_watch_from_before_the_compaction_has_expired() {
    check(
        &[
            r#"POST maps {"metadata":{"name":"a"}}"#,
            r#"PATCH maps/a {"data":{"x":"1"}}"#,
            "COMPACT",
            "GET maps?watch=true&resourceVersion=104&timeoutSeconds=1",
            "GET maps?watch=true&resourceVersion=105&timeoutSeconds=1",
        ],
        &expect![[r#"
            POST maps {"metadata":{"name":"a"}}
              201 a@104
            PATCH maps/a {"data":{"x":"1"}}
              200 a@105 {"x":"1"}
            GET maps?watch=true&resourceVersion=104&timeoutSeconds=1
              200 ERROR Expired: too old resource version: 104 (105)
            GET maps?watch=true&resourceVersion=105&timeoutSeconds=1
              200 
        "#]],
    );
}

#[test]
fn a_page_from_before_the_compaction_has_expired() {
    check(
        &[
            r#"POST maps {"metadata":{"name":"a"}}"#,
            r#"POST maps {"metadata":{"name":"b"}}"#,
            "GET maps?limit=1",
            r#"POST maps {"metadata":{"name":"c"}}"#,
            "GET maps?limit=1&continue={continue}",
            "GET maps?limit=1",
            r#"POST maps {"metadata":{"name":"d"}}"#,
            "COMPACT",
            "GET maps?limit=1&continue=v106~default~a",
            "GET maps?resourceVersion=105&resourceVersionMatch=Exact",
        ],
        &expect![[r#"
            POST maps {"metadata":{"name":"a"}}
              201 a@104
            POST maps {"metadata":{"name":"b"}}
              201 b@105
            GET maps?limit=1
              200 [a@104] and more
            POST maps {"metadata":{"name":"c"}}
              201 c@106
            GET maps?limit=1&continue={continue}
              200 [b@105]
            GET maps?limit=1
              200 [a@104] and more
            POST maps {"metadata":{"name":"d"}}
              201 d@107
            GET maps?limit=1&continue=v106~default~a
              410 Expired: The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.
            GET maps?resourceVersion=105&resourceVersionMatch=Exact
              410 Expired: The resourceVersion for the provided list is too old.
        "#]],
    );
}

#[test]
fn a_cache_that_is_behind_shows_in_what_a_cache_answers_and_nowhere_else() {
    check(
        &[
            r#"POST maps {"metadata":{"name":"a"}}"#,
            r#"PATCH maps/a {"data":{"x":"1"}}"#,
            r#"PATCH maps/a {"data":{"x":"2"}}"#,
            "LAG 1",
            "GET maps/a",
            "GET maps/a?resourceVersion=0",
            "GET maps/a?resourceVersion=106",
            "GET maps",
            "GET maps?resourceVersion=0",
            "GET maps?resourceVersion=106&resourceVersionMatch=NotOlderThan",
            "LAG 2",
            "GET maps/a?resourceVersion=0",
            "LAG 3",
            "GET maps/a?resourceVersion=0",
        ],
        &expect![[r#"
            POST maps {"metadata":{"name":"a"}}
              201 a@104
            PATCH maps/a {"data":{"x":"1"}}
              200 a@105 {"x":"1"}
            PATCH maps/a {"data":{"x":"2"}}
              200 a@106 {"x":"2"}
            GET maps/a
              200 a@106 {"x":"2"}
            GET maps/a?resourceVersion=0
              200 a@105 {"x":"1"}
            GET maps/a?resourceVersion=106
              200 a@106 {"x":"2"}
            GET maps
              200 [a@106 {"x":"2"}]
            GET maps?resourceVersion=0
              200 [a@105 {"x":"1"}]
            GET maps?resourceVersion=106&resourceVersionMatch=NotOlderThan
              200 [a@106 {"x":"2"}]
            GET maps/a?resourceVersion=0
              200 a@104
            GET maps/a?resourceVersion=0
              404 NotFound: configmaps "a" not found
        "#]],
    );
}

#[test]
fn a_watch_of_a_cache_that_is_behind_tells_late() {
    check(
        &[
            r#"POST maps {"metadata":{"name":"a"}}"#,
            r#"PATCH maps/a {"data":{"x":"1"}}"#,
            "LAG 1",
            "GET maps?watch=true&resourceVersion=103&timeoutSeconds=1",
            "LAG 0",
            "GET maps?watch=true&resourceVersion=103&timeoutSeconds=1",
        ],
        &expect![[r#"
            POST maps {"metadata":{"name":"a"}}
              201 a@104
            PATCH maps/a {"data":{"x":"1"}}
              200 a@105 {"x":"1"}
            GET maps?watch=true&resourceVersion=103&timeoutSeconds=1
              200 ADDED a@104
            GET maps?watch=true&resourceVersion=103&timeoutSeconds=1
              200 ADDED a@104
                  MODIFIED a@105 {"x":"1"}
        "#]],
    );
}

#[test]
fn bookmarks_come_each_minute_to_who_asks() {
    check(
        &[
            r#"POST maps {"metadata":{"name":"a"}}"#,
            "GET maps?watch=true&resourceVersion=104&timeoutSeconds=150&allowWatchBookmarks=true",
            "GET maps?watch=true&resourceVersion=104&timeoutSeconds=150",
        ],
        &expect![[r#"
            POST maps {"metadata":{"name":"a"}}
              201 a@104
            GET maps?watch=true&resourceVersion=104&timeoutSeconds=150&allowWatchBookmarks=true
              200 BOOKMARK -@104
                  BOOKMARK -@104
            GET maps?watch=true&resourceVersion=104&timeoutSeconds=150
              200 
        "#]],
    );
}
