//! Refusals as the error of an interface, in the form its clients raise as an exception that is not tried again.

use serde_json::json;

use super::{Notice, Reply, api, details, sentence};

/// As Google's interfaces say it.
pub(super) fn google(notice: &Notice) -> Reply {
    let info = json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": notice.either("POLICY_BLOCK", "RATE_LIMIT_EXCEEDED"), "domain": "weir", "metadata": details(notice),
    });
    let (code, status) = notice.either((403, "PERMISSION_DENIED"), (429, "RESOURCE_EXHAUSTED"));
    let error = json!({"code": code, "message": sentence(notice), "status": status, "details": [info]});
    api(notice, &json!({"error": error}))
}

/// As AWS says it: the SDKs read the kind of the error from a header.
pub(super) fn bedrock(notice: &Notice) -> Reply {
    api(notice, &json!({"message": sentence(notice), "weir": details(notice)})).with(
        "x-amzn-errortype",
        notice.either("AccessDeniedException", "ThrottlingException"),
    )
}

pub(super) fn ollama(notice: &Notice) -> Reply {
    api(notice, &json!({"error": sentence(notice), "weir": details(notice)}))
}

pub(super) fn cohere(notice: &Notice) -> Reply {
    api(notice, &json!({"message": sentence(notice), "weir": details(notice)}))
}

/// A batch of one call.
pub(super) fn trpc(notice: &Notice) -> Reply {
    // tRPC's numbers for what is forbidden and for too many requests.
    let (number, code, status) = notice.either((-32003, "FORBIDDEN", 403), (-32029, "TOO_MANY_REQUESTS", 429));
    let data = json!({"code": code, "httpStatus": status, "weir": details(notice)});
    api(
        notice,
        &json!([{"error": {"json": {"message": sentence(notice), "code": number, "data": data}}}]),
    )
}

/// The closing envelope of a stream: clients read errors there and expect status 200.
pub(super) fn connect(notice: &Notice, content_type: &str) -> Reply {
    let error = json!({"error": {"code": notice.either("permission_denied", "resource_exhausted"), "message": sentence(notice)}});
    Reply::new(200, content_type, notice, envelope(2, error.to_string().as_bytes()))
}

/// An envelope of Connect.
pub(super) fn envelope(flags: u8, content: &[u8]) -> Vec<u8> {
    // Words of a pack are far shorter than four gigabytes.
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[flags], length.as_slice(), content].concat()
}
