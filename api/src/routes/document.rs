//! `GET /openapi.json`, the page that shows it, and what is answered where nothing is served.

use crate::{Config, Problem};
use axum::extract::Request;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;
use axum::{Extension, Json, Router};
use std::sync::Arc;
use utoipa::openapi::OpenApi;

const PAGE: &str = include_str!("document.html");
/// The page loads nothing from anywhere else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "service",
    responses((status = 200, body = Object, content_type = "application/json"))
)]
pub(crate) async fn openapi_json(Extension(document): Extension<Arc<OpenApi>>) -> Json<OpenApi> {
    Json(OpenApi::clone(&document))
}

/// `/` and `/docs`: the document for a reader.
pub(crate) fn page() -> Router<Config> {
    let show = || async { ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE)) };
    Router::new().route("/", get(show)).route("/docs", get(show))
}

pub(crate) async fn not_found(request: Request) -> Problem {
    Problem::not_found(request.uri().path())
}

pub(crate) async fn method_not_allowed(request: Request) -> Problem {
    Problem::method_not_allowed(request.uri().path())
}
