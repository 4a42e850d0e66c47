//! Where things are asked for.

use crate::Holds;

/// `POST` an [`Enrolment`](crate::Enrolment); without a certificate.
pub const ENROL: &str = "/v1/enrol";
/// `POST` a [`Renewal`](crate::Renewal).
pub const RENEW: &str = "/v1/device/certificate";
/// `POST` a [`Batch`](crate::Batch), get a [`Receipt`](crate::Receipt).
pub const RECORDS: &str = "/v1/device/records";
/// `GET` the bundle for this device; `If-None-Match` takes its digest.
pub const BUNDLE: &str = "/v1/device/bundle";
/// `GET` the newest directive for this device.
pub const ORDER: &str = "/v1/device/order";
/// `GET` what is newest and what this device is to run: a fresh statement, signed.
pub const FRESH: &str = "/v1/device/fresh";
/// `POST` an [`ExceptionRequest`](crate::ExceptionRequest), get [`ExceptionAsked`](crate::ExceptionAsked); `GET`
/// [`ExceptionAnswers`](crate::ExceptionAnswers).
pub const EXCEPTIONS: &str = "/v1/device/exceptions";
/// `POST` a [`ProviderAsk`](crate::ProviderAsk), get [`Taken`](crate::Taken).
pub const PROVIDERS: &str = "/v1/device/providers";
/// `POST` an [`Appeal`](crate::Appeal), get [`Taken`](crate::Taken).
pub const APPEALS: &str = "/v1/device/appeals";
/// `GET` [`Answers`](crate::Answers).
pub const ANSWERS: &str = "/v1/device/answers";
/// `POST` a [`Standing`](crate::Standing).
pub const STANDING: &str = "/v1/device/standing";
/// `GET` [`Readings`](crate::Readings); `?before=NUMBER` gives what stands before it.
pub const READINGS: &str = "/v1/device/readings";
/// `GET` the device's [`SearchKey`](crate::SearchKey); `If-None-Match` takes its number in quotes.
pub const SEARCH_KEY: &str = "/v1/device/search-key";
/// `POST` a [`GivenEpochKey`](crate::GivenEpochKey), once for each log; giving it again, wound on, is no error.
pub const EPOCH_KEY: &str = "/v1/device/epoch-key";
/// `GET` the device's [`OverrideKey`](crate::OverrideKey), which stays the same.
pub const OVERRIDE_KEY: &str = "/v1/device/override-key";
/// `GET` a [`LogProof`](crate::LogProof) that the server's log only grew: `?from=SIZE&to=SIZE`.
pub const LOG_CONSISTENCY: &str = "/v1/device/log/consistency";
/// `GET` a [`LogProof`](crate::LogProof) that an entry is in the server's log: `?leaf=NUMBER&size=SIZE`.
pub const LOG_INCLUSION: &str = "/v1/device/log/inclusion";
/// `GET` the [`Receipt`](crate::Receipt) for the batch that brought a record: `?seq=NUMBER`; null where there is none.
pub const LOG_RECEIPT: &str = "/v1/device/log/receipt";
/// `GET` the checkpoint of this hour, which devices cosign: a signed note; nothing where the log is empty.
pub const LOG_CHECKPOINT: &str = "/v1/device/log/checkpoint";
/// `POST` a [`Cosigned`](crate::Cosigned) of that checkpoint.
pub const LOG_COSIGNATURE: &str = "/v1/device/log/cosignature";
/// `GET` a stream of server-sent events, each a [`Hint`](crate::Hint).
pub const STREAM: &str = "/v1/device/stream";
/// The same stream, for devices that read more than hints: see [`StreamEvent`](crate::StreamEvent). `holds` is the bundle that is
/// there, by number and digest, for devices that [restore](crate::restored) the next one from it.
///
/// Asked for over HTTP/1.1 with `Connection: upgrade` and `Upgrade:` [`STREAM_UPGRADE`], the answer is 101, and what follows is the
/// events alone, without a body of HTTP around them, and what the device [says](crate::Saying) the other way. A server that does
/// not know this answers 200 and the same stream as ever.
#[must_use]
pub fn stream_carrying(holds: &Holds) -> String {
    format!("{STREAM}?carry=1&holds={holds}")
}

/// What a stream becomes that goes both ways.
pub const STREAM_UPGRADE: &str = "weir-events";
/// Header of the 101: what else the server takes on the stream, in words with commas between them. Whoever says what is not
/// taken is cut off, so that nobody says it to a server that is older.
pub const STREAM_TAKES: &str = "weir-takes";
/// In that header: small batches of [records](crate::Said::Records).
pub const TAKES_RECORDS: &str = "records";

/// What a [`Batch`](crate::Batch) is sent as.
pub const RECORDS_TYPE: &str = "application/vnd.weir.records.v1+zstd";
/// What a directive is sent as.
pub const ORDER_TYPE: &str = "application/vnd.weir.order.v1+json";
/// What a fresh statement is sent as.
pub const FRESH_TYPE: &str = "application/vnd.weir.fresh.v1+json";
/// What a bundle is sent as.
pub const BUNDLE_TYPE: &str = "application/vnd.weir.bundle.v1+json";
