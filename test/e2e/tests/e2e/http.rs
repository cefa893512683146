//! What the API answers when the question is odd.

use e2e::World;
use serde_json::Value;

#[tokio::test]
async fn an_address_never_seen_is_light() {
    let world = World::start().await;
    let answer = world
        .get("/v1/members/0x00000000000000000000000000000000000000aa")
        .await;
    assert_eq!(answer["tier"], "light");
    assert_eq!(answer["plan"], Value::Null);
    assert_eq!(answer["stake"]["amount"], "0");
    assert_eq!(
        answer["address"], "0x00000000000000000000000000000000000000AA",
        "checksummed"
    );
}

#[tokio::test]
async fn every_error_is_a_problem() {
    let world = World::start().await;
    let get = reqwest::Method::GET;
    for (method, path, status, kind) in [
        (get.clone(), "/v1/members/0x12", 400, "address-malformed"),
        (get.clone(), "/v1/members/alice", 400, "address-malformed"),
        (
            get.clone(),
            "/v1/members/0xzz00000000000000000000000000000000000000",
            400,
            "address-malformed",
        ),
        (get.clone(), "/v1/members/%ff%fe", 400, "address-malformed"),
        (
            get.clone(),
            "/v1/members/0x00000000000000000000000000000000000000aa/payments?limit=0",
            400,
            "query-malformed",
        ),
        (
            get.clone(),
            "/v1/members/0x00000000000000000000000000000000000000aa/payments?limit=many",
            400,
            "query-malformed",
        ),
        (
            get.clone(),
            "/v1/members/0x00000000000000000000000000000000000000aa/payments?cursor=x",
            400,
            "query-malformed",
        ),
        (get.clone(), "/v1/nothing", 404, "not-found"),
        (get.clone(), "/v1/members/", 404, "not-found"),
        (reqwest::Method::POST, "/v1/status", 405, "method-not-allowed"),
        (reqwest::Method::DELETE, "/openapi.json", 405, "method-not-allowed"),
    ] {
        let response = world.request(method.clone(), path).await;
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json",
            "{method} {path}"
        );
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(
            response.headers().contains_key("allow"),
            status == 405,
            "{method} {path}"
        );
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{method} {path}");
        assert_eq!(problem["status"], status, "{method} {path}");
        assert_eq!(problem["instance"], id, "{method} {path}");
        assert!(
            problem["detail"].as_str().unwrap().len() > 20,
            "{method} {path} says what to do: {problem}"
        );
    }
}

#[tokio::test]
async fn a_malformed_address_is_told_what_an_address_looks_like() {
    let world = World::start().await;
    let response = world.request(reqwest::Method::GET, "/v1/members/0x12").await;
    let problem: Value = response.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("0x and 40 hexadecimal digits"), "{detail}");
}

#[tokio::test]
async fn every_documented_path_answers_as_documented() {
    let world = World::start().await;
    let document = world.get("/openapi.json").await;
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 8, "paths: {:?}", paths.keys());
    for (path, operations) in paths {
        let url = path.replace("{address}", "0x18E596bcEfdd0fF9dC8c50D0b9d329eA770d5eF1");
        let response = world.request(reqwest::Method::GET, &url).await;
        assert_eq!(response.status(), 200, "{url}");
        let documented = operations["get"]["responses"]["200"]["content"].as_object().unwrap();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        assert!(
            documented.contains_key(&kind),
            "{url} answered {kind}, documented {documented:?}"
        );
    }
    for page in ["/", "/docs"] {
        let response = world.request(reqwest::Method::GET, page).await;
        assert_eq!(response.status(), 200, "{page}");
        assert!(
            response.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
    }
}

#[tokio::test]
async fn status_tells_chain_head_and_lag_and_readiness_follows() {
    let world = World::start().await;
    world.wait_until_mirrored().await;
    let status = world.get("/v1/status").await;
    assert_eq!(status["chain_id"], 31337);
    assert_eq!(status["indexed"].as_u64(), Some(world.head().await));
    assert_eq!(world.request(reqwest::Method::GET, "/readyz").await.status(), 200);

    world.pretend_head(status["indexed"].as_u64().unwrap() + 1_000);
    let response = world.request(reqwest::Method::GET, "/readyz").await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let problem: Value = response.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("1000 blocks"), "{problem}");
    assert_eq!(
        world.request(reqwest::Method::GET, "/livez").await.status(),
        200,
        "alive all the same"
    );
}

#[tokio::test]
async fn metrics_name_routes_and_never_members() {
    let world = World::start().await;
    let member = "0x00000000000000000000000000000000000000aa";
    world.get(&format!("/v1/members/{member}")).await;
    let text = world
        .request(reqwest::Method::GET, "/metrics")
        .await
        .text()
        .await
        .unwrap();
    assert!(text.contains(r#"route="/v1/members/{address}""#), "{text}");
    assert!(!text.to_lowercase().contains(member), "a label names a member");
}
