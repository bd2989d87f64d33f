//! Documents: what of them is enforced, and what is refused where it is written.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

use http::HeaderMap;
use proptest::prelude::*;
use sekisho_api_schema::{ApiSchema, Asked, BodyLength, BodyPlan, NoOperation, Violation, ViolationKind};
use serde_json::{Value, json};

/// An API with one operation, whose body has this schema.
fn with_body(version: &str, schema: &Value) -> Value {
    json!({
        "openapi": version, "info": { "title": "T", "version": "1" },
        "paths": { "/x": { "post": { "requestBody": { "content": { "application/json": { "schema": schema } } } } } },
        "components": { "schemas": { "Tree": { "type": "object", "properties": { "below": { "$ref": "#/components/schemas/Tree" } }, "additionalProperties": false } } }
    })
}

fn read(document: &Value) -> ApiSchema {
    ApiSchema::read(&document.to_string()).expect("a document")
}

/// Whether a body is what a schema describes.
fn fits(version: &str, schema: &Value, body: &str) -> Result<(), Violation> {
    let api = read(&with_body(version, schema));
    let operation = api.operation("POST", "/x").expect("an operation");
    let mut fields = HeaderMap::new();
    fields.insert("content-type", "application/json".parse().expect("a value"));
    match api.body_plan(operation, &fields, BodyLength::Unknown, 1024)? {
        BodyPlan::Checked { schema, .. } => api.check_body(schema, body.as_bytes()),
        BodyPlan::Passes => panic!("it is checked"),
    }
}

/// Whether the parameters of `GET /y/{id}` are what these describe.
fn asked(parameters: &Value, path: &str, query: &str, field: Option<&str>) -> Result<(), Violation> {
    let document = json!({ "openapi": "3.1.0", "paths": { "/y/{id}": { "get": { "parameters": parameters } } } });
    let api = read(&document);
    let operation = api.operation("GET", path).expect("an operation");
    let mut fields = HeaderMap::new();
    if let Some(value) = field {
        fields.insert("x-kind", value.parse().expect("a value"));
    }
    api.check_parameters(operation, path, &Asked { query: Some(query), fields: &fields, cookies: None })
}

#[test]
fn i48_each_keyword_is_enforced() {
    for (schema, good, bad) in [
        (
            json!({ "type": "integer", "minimum": 1, "exclusiveMaximum": 5 }),
            vec!["1", "4", "2.0"],
            vec!["0", "5", "1.5", "\"1\"", "null"],
        ),
        (
            json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 2 }),
            vec!["null", "\"日本\""],
            vec!["\"\"", "\"abc\"", "1"],
        ),
        (json!({ "enum": [1, "a", null] }), vec!["1", "1.0", "\"a\"", "null"], vec!["2", "\"b\""]),
        (json!({ "const": { "a": [1] } }), vec!["{\"a\": [1]}"], vec!["{\"a\": [2]}", "{}"]),
        (json!({ "multipleOf": 0.1 }), vec!["0.3", "7"], vec!["0.35"]),
        (json!({ "type": "string", "pattern": "^a+$" }), vec!["\"aa\""], vec!["\"ab\""]),
        (json!({ "type": "string", "format": "date" }), vec!["\"2026-02-28\""], vec!["\"2026-02-30\""]),
        (
            json!({ "items": { "type": "integer" }, "maxItems": 2, "uniqueItems": true }),
            vec!["[1, 2]", "3"],
            vec!["[1, 1.0]", "[1, 2, 3]", "[\"a\"]"],
        ),
        (
            json!({ "prefixItems": [{ "type": "string" }], "items": false }),
            vec!["[\"a\"]", "[]"],
            vec!["[1]", "[\"a\", 1]"],
        ),
        (
            json!({ "required": ["a"], "properties": { "a": { "type": "boolean" } }, "additionalProperties": false }),
            vec!["{\"a\": true}"],
            vec!["{}", "{\"a\": 1}", "{\"a\": true, \"b\": 1}"],
        ),
        (
            json!({ "patternProperties": { "^x-": { "type": "integer" } }, "additionalProperties": { "type": "string" } }),
            vec!["{\"x-a\": 1, \"b\": \"c\"}"],
            vec!["{\"x-a\": \"1\"}", "{\"b\": 1}"],
        ),
        (
            json!({ "propertyNames": { "maxLength": 1 }, "minProperties": 1 }),
            vec!["{\"a\": 1}"],
            vec!["{}", "{\"ab\": 1}"],
        ),
        (json!({ "dependentRequired": { "a": ["b"] } }), vec!["{\"a\": 1, \"b\": 1}", "{}"], vec!["{\"a\": 1}"]),
        (json!({ "oneOf": [{ "type": "integer" }, { "minimum": 2 }] }), vec!["1", "2.5"], vec!["2", "1.5"]),
        (
            json!({ "anyOf": [{ "type": "integer" }, { "type": "null" }], "not": { "const": 3 } }),
            vec!["2", "null"],
            vec!["3", "\"a\""],
        ),
        (json!({ "allOf": [{ "minimum": 1 }, { "maximum": 2 }] }), vec!["1"], vec!["0", "3"]),
        (
            json!({ "if": { "type": "integer" }, "then": { "minimum": 1 }, "else": { "type": "string" } }),
            vec!["1", "\"a\""],
            vec!["0", "null"],
        ),
        (
            json!({ "$ref": "#/components/schemas/Tree" }),
            vec!["{\"below\": {\"below\": {}}}"],
            vec!["{\"below\": {\"beside\": {}}}", "[]"],
        ),
    ] {
        for body in good {
            assert_eq!(fits("3.1.0", &schema, body), Ok(()), "{schema} {body}");
        }
        for body in bad {
            let violation = fits("3.1.0", &schema, body).expect_err(body);
            assert_eq!(violation.kind, ViolationKind::Body, "{schema} {body}");
        }
    }
}

#[test]
fn i48_openapi_3_0_is_read_as_it_is_written() {
    let schema = json!({ "type": "integer", "nullable": true, "minimum": 1, "exclusiveMinimum": true });
    assert!(fits("3.0.3", &schema, "null").is_ok() && fits("3.0.3", &schema, "2").is_ok());
    assert!(fits("3.0.3", &schema, "1").is_err() && fits("3.0.3", &schema, "\"2\"").is_err());
}

#[test]
fn i48_a_schema_that_leads_to_itself_and_a_costly_one_end() {
    let mut document = with_body("3.1.0", &json!({ "$ref": "#/components/schemas/Loop" }));
    document["components"]["schemas"]["Loop"] = json!({ "$ref": "#/components/schemas/Loop" });
    let api = read(&document);
    let operation = api.operation("POST", "/x").expect("an operation");
    let mut fields = HeaderMap::new();
    fields.insert("content-type", "application/json".parse().expect("a value"));
    let plan = api.body_plan(operation, &fields, BodyLength::Known(2), 9).expect("a plan");
    let BodyPlan::Checked { schema, .. } = plan else { panic!("it is checked") };
    assert!(api.check_body(schema, b"{}").expect_err("no end").text.en.contains("too complex"));
    // Each level asks twice for the next.
    let twice = json!({ "anyOf": [{ "properties": { "below": { "$ref": "#/components/schemas/Twice" } }, "required": ["x"] },
        { "properties": { "below": { "$ref": "#/components/schemas/Twice" } }, "required": ["y"] }] });
    let mut document = with_body("3.1.0", &json!({ "$ref": "#/components/schemas/Twice" }));
    document["components"]["schemas"]["Twice"] = twice;
    let api = read(&document);
    let operation = api.operation("POST", "/x").expect("an operation");
    let BodyPlan::Checked { schema, .. } = api.body_plan(operation, &fields, BodyLength::Known(2), 9).expect("a plan")
    else {
        panic!("it is checked")
    };
    let deep = (0..40).fold("{}".to_owned(), |below, _| format!("{{\"x\": 1, \"y\": 1, \"below\": {below}}}"));
    assert!(api.check_body(schema, deep.as_bytes()).is_err());
}

#[test]
fn i48_parameters_are_what_is_described_and_nothing_else_is_in_the_query() {
    let parameters = json!([
        { "name": "id", "in": "path", "required": true, "schema": { "type": "integer", "minimum": 1 } },
        { "name": "n", "in": "query", "schema": { "type": "integer", "maximum": 9 } },
        { "name": "all", "in": "query", "schema": { "type": "boolean" } },
        { "name": "tag", "in": "query", "schema": { "type": "array", "items": { "enum": ["a", "b"] }, "maxItems": 2 } },
        { "name": "list", "in": "query", "explode": false, "schema": { "type": "array", "items": { "type": "integer" } } },
        { "name": "filter", "in": "query", "content": { "application/json": { "schema": { "type": "object", "required": ["q"] } } } },
        { "name": "X-Kind", "in": "header", "schema": { "enum": ["k"] } }
    ]);
    let query = |query: &str| asked(&parameters, "/y/7", query, None);
    for good in ["", "n=3", "n=-1&all=true", "tag=a&tag=b", "list=1,2,3", "filter=%7B%22q%22%3A1%7D"] {
        assert_eq!(query(good), Ok(()), "{good}");
    }
    for bad in [
        "n=x",
        "n=",
        "n=10",
        "n=1.5",
        "n=1&n=2",
        "all=1",
        "all=TRUE",
        "tag=c",
        "tag=a&tag=b&tag=a",
        "list=1,x",
        "filter=1",
        "filter=%7B%7D",
        "other=1",
        "N=1",
        "n=1;n=2",
        "n=%ff",
    ] {
        assert_eq!(query(bad).expect_err(bad).kind, ViolationKind::Parameter, "{bad}");
    }
    assert!(asked(&parameters, "/y/7", "", Some("k")).is_ok() && asked(&parameters, "/y/7", "", Some("l")).is_err());
    for bad in ["/y/0", "/y/x", "/y/1%30x", "/y/-", "/y/7.5"] {
        assert!(asked(&parameters, bad, "", None).is_err(), "{bad}");
    }
}

#[test]
fn i47_a_request_is_an_operation_only_when_every_reading_is_the_same_one() {
    let document = "openapi: 3.0.3\nservers: [{ url: /api/ }]\npaths:\n  /a: { get: { operationId: one } }\n  /{x}: { get: { operationId: any, parameters: [{ name: x, in: path, required: true, schema: { type: string } }] } }\n  /{x}/z: { get: { operationId: zed, parameters: [{ name: x, in: path, required: true }] } }\n  /a/{y}: { get: { operationId: why, parameters: [{ name: y, in: path, required: true }] } }\n";
    let api = ApiSchema::read(document).expect("a document");
    let found = |path: &str| api.operation("GET", path).map(|operation| operation.id().to_string());
    assert_eq!(found("/api/a").as_deref(), Ok("one"), "a literal path goes first");
    assert_eq!(found("/api/b").as_deref(), Ok("any"));
    assert_eq!(found("/api/%E6%97%A5").as_deref(), Ok("any"));
    assert_eq!(found("/api/c/z").as_deref(), Ok("zed"));
    // Some servers take each of these for another operation.
    for path in ["/api/%61", "/api/a;b", "/api/a.", "/api/a%20"] {
        assert_eq!(found(path), Err(NoOperation::Readings), "{path}");
    }
    assert_eq!(found("/api/a/z"), Err(NoOperation::Path), "two paths with parameters fit");
    for path in ["/a", "/api/", "/api//a", "/api/a/", "/api/b%2fz"] {
        assert!(found(path).is_err(), "{path}");
    }
    assert_eq!(api.operation("HEAD", "/api/a").err(), Some(NoOperation::Method));
    assert_eq!(api.operation("get", "/api/a").err(), Some(NoOperation::Method));
}

#[test]
fn i48_a_body_has_a_media_type_that_is_described_and_its_length_is_known_or_counted() {
    let content = json!({ "application/json": {}, "text/*": {}, "application/pdf": {} });
    let document = json!({ "openapi": "3.1.0", "paths": { "/x": {
        "post": { "requestBody": { "required": true, "content": content } }, "get": {} } } });
    let api = read(&document);
    let plan = |method: &str, kind: &str, coding: &str, length: BodyLength| {
        let mut fields = HeaderMap::new();
        for (name, value) in
            [("content-type", kind), ("content-encoding", coding)].into_iter().filter(|(_, value)| !value.is_empty())
        {
            fields.insert(name, value.parse().expect("a value"));
        }
        let operation = api.operation(method, "/x").expect("an operation");
        api.body_plan(operation, &fields, length, 100).map_err(|violation| violation.kind)
    };
    let known = BodyLength::Known(5);
    assert!(matches!(
        plan("POST", "application/json; charset=UTF-8", "", BodyLength::Unknown),
        Ok(BodyPlan::Checked { limit: 100, .. })
    ));
    assert_eq!(plan("POST", "text/csv", "gzip", known), Ok(BodyPlan::Passes));
    assert_eq!(plan("POST", "text/csv", "", BodyLength::Unknown), Err(ViolationKind::NoLength));
    assert_eq!(plan("POST", "text/csv", "", BodyLength::Known(101)), Err(ViolationKind::TooLarge));
    for (kind, coding) in
        [("", ""), ("image/png", ""), ("application/json", "gzip"), ("application/json; charset=utf-16", "")]
    {
        assert_eq!(plan("POST", kind, coding, known), Err(ViolationKind::MediaType), "{kind} {coding}");
    }
    assert_eq!(plan("POST", "application/json", "", BodyLength::None), Err(ViolationKind::Body));
    assert_eq!(plan("GET", "application/json", "", known), Err(ViolationKind::Body));
    assert_eq!(plan("GET", "", "", BodyLength::None), Ok(BodyPlan::Passes));
}

#[test]
fn what_would_not_be_enforced_is_refused_with_its_place() {
    let body = |schema: Value| with_body("3.1.0", &schema);
    let parameter =
        |parameter: Value| json!({ "openapi": "3.1.0", "paths": { "/x": { "get": { "parameters": [parameter] } } } });
    for (document, place) in [
        (
            body(json!({ "unevaluatedProperties": false })),
            "#/paths/~1x/post/requestBody/content/application~1json/schema",
        ),
        (body(json!({ "maxLenght": 3 })), "#/paths/~1x/post"),
        (body(json!({ "type": "text" })), "/type"),
        (body(json!({ "pattern": "(?=a)" })), "/pattern"),
        (body(json!({ "$ref": "other.yaml#/A" })), "/schema"),
        (body(json!({ "$ref": "#/components/schemas/None" })), "/schema"),
        (body(json!({ "oneOf": [] })), "/oneOf"),
        (parameter(json!({ "name": "a", "in": "body" })), "/in"),
        (parameter(json!({ "name": "a", "in": "query", "schema": { "type": "object" } })), "/parameters/0"),
        (parameter(json!({ "name": "a", "in": "path", "required": true })), "#/paths/~1x/get"),
        (json!({ "openapi": "2.0" }), "#/openapi"),
        (json!({ "openapi": "3.1.0" }), "#/paths"),
        (json!({ "openapi": "3.1.0", "paths": { "/{a}": {}, "/{b}": {} } }), "#/paths/~1{b}"),
        (
            json!({ "openapi": "3.1.0", "paths": {}, "servers": [{ "url": "https://a/x" }, { "url": "https://b/y" }] }),
            "#/servers",
        ),
        (
            json!({ "openapi": "3.1.0", "paths": { "/a": { "get": { "operationId": "o" } }, "/b": { "get": { "operationId": "o" } } } }),
            "/operationId",
        ),
    ] {
        let problem = ApiSchema::read(&document.to_string()).expect_err("a problem");
        assert!(problem.place.contains(place), "{problem}");
    }
    let nested = (0..80).fold(json!({}), |schema, _| json!({ "items": schema }));
    assert!(ApiSchema::read(&body(nested).to_string()).is_err());
    assert!(ApiSchema::read(&" ".repeat(600 * 1024)).is_err() && ApiSchema::read("a: [b").is_err());
    // References of YAML that multiply themselves.
    let laughs = (0..20).fold("a0: &a0 x\n".to_owned(), |text, n| {
        text + &format!("a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    assert!(ApiSchema::read(&laughs).is_err());
}

proptest! {
    #[test]
    fn i47_no_path_is_an_operation_of_two_names(path in "/(api|a|b|%61|;|/|\\.|%2f){0,6}") {
        let document = json!({ "openapi": "3.1.0", "paths": { "/a": { "get": {} }, "/a/b": { "get": {} }, "/b/{x}": { "get": { "parameters":
            [{ "name": "x", "in": "path", "required": true }] } } } });
        let api = read(&document);
        if let Ok(operation) = api.operation("GET", &path)
            && let sekisho_path_reading::Readings::Others(others) = sekisho_path_reading::readings(&path)
        {
            for other in others {
                prop_assert_eq!(api.operation("GET", &other).ok().map(|other| other.id().clone()), Some(operation.id().clone()), "{} {}", path, other);
            }
        }
    }

    #[test]
    fn i48_whatever_comes_is_answered(body in "\\PC{0,200}", query in "\\PC{0,60}") {
        let _ = fits("3.1.0", &json!({ "$ref": "#/components/schemas/Tree" }), &body);
        let parameters = json!([{ "name": "id", "in": "path", "required": true }]);
        let _ = asked(&parameters, "/y/7", &query, None);
    }
}
