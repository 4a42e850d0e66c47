//! What callers read when something is not granted: RFC 9457, in one type.

use crate::access::{AccountError, ApiTokenError, HashError, OpenError, Refused, Unknown};
use crate::approvals::DecideError;
use crate::deletions::DeletionError;
use crate::devices::TokenError;
use crate::directives::GiveError;
use crate::drafts::{AskError, CreateError, ProposeError, SaveError, SignedError, VerdictError};
use crate::journal::VerifyError;
use crate::overrides::OverrideError;
use crate::policies::{ChangeError, PublishError};
use crate::register::RegisterError;
use crate::repo::RepoError;
use crate::search_keys::SearchKeyError;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_model::chain;

/// Why a request was not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem: `urn:weir:problem:…`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What it is in this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// After how many seconds it may be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

/// The media type of problems.
pub(crate) const PROBLEM: &str = "application/problem+json";

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str) -> Self {
        Self {
            kind: format!("urn:weir:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: None,
            retry_after: None,
        }
    }

    pub(super) fn because(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }

    /// 400: not what the endpoint takes.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "the request cannot be read").because(detail)
    }

    /// 401: it is not known who asks.
    pub(crate) fn sign_in() -> Self {
        let title = "nobody is signed in, or not any more";
        Self::new(StatusCode::UNAUTHORIZED, "sign-in-needed", title)
    }

    /// 401: a session and a token at once.
    pub(crate) fn two_callers() -> Self {
        Self::sign_in().because("a cookie and a token: one of them says who asks, not both")
    }

    /// 403: the role may not.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "this is not granted").because(detail)
    }

    /// 403: a browser was led here by another site, or the caller does not say that it was not.
    pub(crate) fn cross_site(detail: impl Into<String>) -> Self {
        let title = "the request may come from another site";
        Self::new(StatusCode::FORBIDDEN, "cross-site", title).because(detail)
    }

    /// 403: signed in with a one-time password.
    pub(crate) fn one_time() -> Self {
        let title = "the one-time password must be changed first";
        Self::new(StatusCode::FORBIDDEN, "password-change-needed", title)
    }

    /// 404.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing here").because(detail)
    }

    /// 405.
    pub(crate) fn method() -> Self {
        let title = "the endpoint does not take this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", title)
    }

    /// 409: what is there does not allow it.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        let title = "what is there does not allow it";
        Self::new(StatusCode::CONFLICT, "conflict", title).because(detail)
    }

    /// 413.
    pub(crate) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "the body is too large")
    }

    /// 415.
    pub(crate) fn media_type(wanted: &str) -> Self {
        let title = "the body is of another type";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", title).because(format!("expected {wanted}"))
    }

    /// 422: it can be read, and is refused for what it says.
    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "this is refused").because(detail)
    }

    /// 429.
    pub(crate) fn too_many(seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-tries", "too many tries")
        }
    }

    /// 500: the server's own log says more.
    pub(crate) fn failed(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "{what}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the server failed")
    }

    /// 503.
    pub(crate) fn late() -> Self {
        Self {
            retry_after: Some(5),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "late", "the request took too long")
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Numbers and texts cannot fail to be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<RepoError> for Problem {
    fn from(error: RepoError) -> Self {
        Self::failed("the database failed", &error)
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        Self::failed("a password could not be hashed", &error)
    }
}

impl From<OpenError> for Problem {
    fn from(error: OpenError) -> Self {
        match error {
            // What was shown is none any more: as if it had been wrong.
            OpenError::Changed => Refused::Wrong.into(),
            OpenError::Randomness(_) | OpenError::Repo(_) => Self::failed("a session could not be opened", &error),
        }
    }
}

impl From<Unknown> for Problem {
    fn from(error: Unknown) -> Self {
        match error {
            Unknown::Nobody => Self::sign_in(),
            Unknown::Repo(error) => error.into(),
        }
    }
}

impl From<Refused> for Problem {
    fn from(error: Refused) -> Self {
        match error {
            Refused::Wrong => Self::new(StatusCode::UNAUTHORIZED, "sign-in-refused", "the sign-in is refused")
                .because(error.to_string()),
            Refused::TooMany { seconds } => Self::too_many(seconds),
            Refused::Hash(error) => error.into(),
            Refused::Repo(error) => error.into(),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Name(_) | AccountError::Password | AccountError::Proof => Self::refused(error.to_string()),
            AccountError::Taken | AccountError::LastAdmin => Self::conflict(error.to_string()),
            AccountError::Unknown => Self::not_found(error.to_string()),
            AccountError::Hash(error) => error.into(),
            AccountError::Repo(error) => error.into(),
            AccountError::Codes(error) => Self::failed("a code generator could not be set up", &error),
            AccountError::Randomness(error) => Self::failed("no password could be made", &error),
        }
    }
}

impl From<ApiTokenError> for Problem {
    fn from(error: ApiTokenError) -> Self {
        match error {
            ApiTokenError::Repo(error) => error.into(),
            ApiTokenError::Randomness(error) => Self::failed("no token could be made", &error),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Repo(error) => error.into(),
            TokenError::Randomness(error) => Self::failed("no token could be made", &error),
        }
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Refused(error) => Self::refused(chain(&error)),
            PublishError::Unapproved => Self::forbidden(error.to_string()),
            PublishError::Older { .. } | PublishError::NoKeys => Self::conflict(error.to_string()),
            PublishError::Repo(error) => error.into(),
        }
    }
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Name => Self::malformed(error.to_string()),
            CreateError::Bundle(_) => Self::not_found(error.to_string()),
            CreateError::Randomness(error) => Self::failed("no draft could be made", &error),
            CreateError::Repo(error) => error.into(),
        }
    }
}

impl From<SaveError> for Problem {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Texts(error) => Self::refused(error.to_string()),
            SaveError::Bundle(_) => Self::not_found(error.to_string()),
            SaveError::Behind(_) => Self::conflict(error.to_string()),
            SaveError::Randomness(error) => Self::failed("no revision could be made", &error),
            SaveError::Repo(error) => error.into(),
        }
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unknown => Self::not_found(error.to_string()),
            AskError::TooMany => Self::conflict(error.to_string()),
            AskError::Randomness(error) => Self::failed("nothing could be asked", &error),
            AskError::Repo(error) => error.into(),
        }
    }
}

impl From<ProposeError> for Problem {
    fn from(error: ProposeError) -> Self {
        match error {
            ProposeError::Unknown => Self::not_found(error.to_string()),
            ProposeError::Terms => Self::malformed(error.to_string()),
            ProposeError::Plan(error) => Self::refused(error.to_string()),
            ProposeError::Unchecked | ProposeError::Unfit(_) | ProposeError::Base { .. } => {
                Self::conflict(error.to_string())
            }
            ProposeError::Randomness(error) => Self::failed("no proposal could be made", &error),
            ProposeError::Repo(error) => error.into(),
        }
    }
}

impl From<VerdictError> for Problem {
    fn from(error: VerdictError) -> Self {
        match error {
            VerdictError::Unknown => Self::not_found(error.to_string()),
            VerdictError::Own(_) => Self::forbidden(error.to_string()),
            VerdictError::Program | VerdictError::Done => Self::conflict(error.to_string()),
            VerdictError::Why => Self::refused(error.to_string()),
            VerdictError::Repo(error) => error.into(),
        }
    }
}

impl From<SignedError> for Problem {
    fn from(error: SignedError) -> Self {
        match error {
            SignedError::Unknown => Self::not_found(error.to_string()),
            SignedError::Unapproved | SignedError::Updated => Self::conflict(error.to_string()),
            SignedError::Moved(error) => error.into(),
            SignedError::Other { .. } | SignedError::NoBundle(_) => Self::refused(chain(&error)),
            SignedError::Seal(error) => Self::failed("nothing to sign could be made", &error),
            SignedError::Publish(error) => error.into(),
            SignedError::Repo(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Unknown(_) | ChangeError::To(_) => Self::not_found(error.to_string()),
            ChangeError::State(_) | ChangeError::Meanwhile => Self::conflict(error.to_string()),
            ChangeError::Draft(error) => error.into(),
            ChangeError::Repo(error) => error.into(),
        }
    }
}

impl From<GiveError> for Problem {
    fn from(error: GiveError) -> Self {
        match error {
            GiveError::Opens => Self::refused(error.to_string()),
            GiveError::Refused(error) => Self::refused(chain(&error)),
            GiveError::Taken(_) => Self::conflict(error.to_string()),
            GiveError::Seal(error) => Self::failed("a directive could not be signed", &error),
            GiveError::Repo(error) => error.into(),
        }
    }
}

impl From<DecideError> for Problem {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Unknown => Self::not_found(error.to_string()),
            DecideError::State(_) | DecideError::Program | DecideError::Twice | DecideError::Raced => {
                Self::conflict(error.to_string())
            }
            DecideError::Own | DecideError::Beyond { .. } => Self::refused(error.to_string()),
            DecideError::Seal(error) => Self::failed("an exception could not be signed", &error),
            DecideError::Repo(error) => error.into(),
        }
    }
}

impl From<OverrideError> for Problem {
    fn from(error: OverrideError) -> Self {
        match error {
            OverrideError::Device | OverrideError::Unknown => Self::not_found(error.to_string()),
            OverrideError::State(_) | OverrideError::Program | OverrideError::Many | OverrideError::Raced => {
                Self::conflict(error.to_string())
            }
            OverrideError::Directive(_) | OverrideError::Minutes | OverrideError::Own | OverrideError::Others => {
                Self::refused(error.to_string())
            }
            OverrideError::Key(_) | OverrideError::NoKey | OverrideError::Randomness(_) => {
                Self::failed("a code could not be made", &error)
            }
            OverrideError::Repo(error) => error.into(),
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Unknown(_) => Self::not_found(error.to_string()),
            RegisterError::State(_)
            | RegisterError::Program
            | RegisterError::Ended
            | RegisterError::Answered
            | RegisterError::Raced
            | RegisterError::Many => Self::conflict(error.to_string()),
            RegisterError::Own
            | RegisterError::Others
            | RegisterError::Open(_)
            | RegisterError::Promise(_)
            | RegisterError::Over => Self::refused(error.to_string()),
            RegisterError::Randomness(error) => Self::failed("nothing could be written", &error),
            RegisterError::Repo(error) => error.into(),
        }
    }
}

impl From<DeletionError> for Problem {
    fn from(error: DeletionError) -> Self {
        match error {
            DeletionError::Unknown => Self::not_found(error.to_string()),
            DeletionError::Nothing => Self::malformed(error.to_string()),
            DeletionError::State(_) | DeletionError::Program | DeletionError::Gone | DeletionError::Raced => {
                Self::conflict(error.to_string())
            }
            DeletionError::Own => Self::refused(error.to_string()),
            DeletionError::Keys(SearchKeyError::Repo(error)) | DeletionError::Repo(error) => error.into(),
            DeletionError::Randomness(_)
            | DeletionError::Keys(_)
            | DeletionError::Statement(_)
            | DeletionError::Proof(_) => Self::failed("keys could not be destroyed, or no receipt made", &error),
        }
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Repo(error) => error.into(),
            error => Self::failed("the journal could not be verified", &error),
        }
    }
}
