//! The one error type and its one response.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// An error as RFC 9457 describes it (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem this is: a stable identifier to switch on.
    #[serde(rename = "type")]
    #[schema(example = "/problems/address-malformed")]
    kind: String,
    /// The kind in words.
    #[schema(example = "The address is malformed")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// This occurrence in words, and what to do.
    detail: String,
    /// The request, as `x-request-id` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
        }
    }

    pub(crate) fn address_malformed(detail: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "address-malformed",
            "The address is malformed",
            format!(
                "{detail}. An address is 0x and 40 hexadecimal digits, for example \
                 0x18E596bcEfdd0fF9dC8c50D0b9d329eA770d5eF1."
            ),
        )
    }

    pub(crate) fn query_malformed(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "query-malformed",
            "The query is malformed",
            detail,
        )
    }

    pub(crate) fn not_found(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is no such resource",
            format!("Nothing is served at {path}. /docs lists what is."),
        )
    }

    pub(crate) fn method_not_allowed(path: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "The method is not allowed here",
            format!("{path} does not answer that method. The `allow` header says what it answers."),
        )
    }

    pub(crate) fn timed_out(seconds: u64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timed-out",
            "The answer took too long",
            format!("No answer within {seconds} s. Try again."),
        )
    }

    pub(crate) fn not_ready(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not-ready",
            "The service is not ready",
            detail,
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
            "The request could not be answered. Name the request when you report this.",
        )
    }

    /// What a layer below us answered by itself, in our form.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Refused");
        Self::new(
            status,
            &format!("http-{}", status.as_u16()),
            title,
            format!("The request was refused: {title}."),
        )
    }

    /// The same, for the request with this id.
    pub(crate) fn of_request(self, id: Option<&HeaderValue>) -> Self {
        Self {
            instance: id.and_then(|id| id.to_str().ok()).map(str::to_owned),
            ..self
        }
    }

    pub(crate) fn render(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl IntoResponse for Problem {
    /// Leaves the problem for `layers::problems` to render, which knows the request's id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Empty => Self::not_ready("Nothing has been indexed yet. Try again in a moment."),
            store::Error::NotMigrated => Self::not_ready("The database has not been migrated to this version yet."),
            store::Error::Unreachable(error) => {
                tracing::error!(%error, "the database can't be reached");
                Self::not_ready("The database can't be reached. Try again in a moment.")
            }
            error => {
                tracing::error!(%error, "a query failed");
                Self::internal()
            }
        }
    }
}
