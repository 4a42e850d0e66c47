//! The certificates themselves: strict RFC 5280, so that OpenSSL's strictest mode and every browser agree.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SerialNumber, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

use weir_model::HostPattern;

const DAY: Duration = Duration::from_secs(86_400);
const CA_DAYS: u32 = 5 * 365;
/// Browsers refuse more than 398 days.
const LEAF_DAYS: u32 = 396;
/// A CA is replaced while its last leaves are still good.
const REPLACE_DAYS: u32 = 30;

/// Signs leaves inside the constraints of one CA certificate.
pub(super) struct Signer {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
    permitted: Vec<String>,
    not_after: SystemTime,
}

/// The files are not a CA of ours.
#[derive(Debug)]
pub(super) struct NotACa;

impl Signer {
    /// A new CA with a new key; also gives the key, to be written once.
    pub(super) fn make(patterns: &[HostPattern], now: SystemTime) -> Result<(Self, String), rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let params = ca_params(patterns, &key, now)?;
        let certificate = params.self_signed(&key)?;
        let key_pem = key.serialize_pem();
        let signer =
            Self::load(&certificate.pem(), &key_pem).map_err(|NotACa| rcgen::Error::CouldNotParseCertificate)?;
        Ok((signer, key_pem))
    }

    /// From PEM. Checks that the key belongs to the certificate, and that the constraints are there.
    pub(super) fn load(certificate: &str, key: &str) -> Result<Self, NotACa> {
        let key = KeyPair::from_pkcs8_pem_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256).map_err(|_| NotACa)?;
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|_| NotACa)?;
        let (permitted, not_after) = read_constraints(&der, &key)?;
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(|_| NotACa)?;
        Ok(Self {
            issuer,
            der,
            pem: certificate.to_owned(),
            permitted,
            not_after,
        })
    }

    pub(super) fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// True when the certificate's own constraints permit this name.
    pub(super) fn permits(&self, name: &str) -> bool {
        self.permitted.iter().any(|subtree| is_within(name, subtree))
    }

    pub(super) fn is_good_at(&self, now: SystemTime) -> bool {
        now + DAY * REPLACE_DAYS < self.not_after
    }

    pub(super) fn leaf(
        &self,
        host: &str,
        key: &KeyPair,
        now: SystemTime,
    ) -> Result<CertificateDer<'static>, rcgen::Error> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.distinguished_name = DistinguishedName::new();
        if host.len() <= 64 {
            params.distinguished_name.push(DnType::CommonName, host);
        }
        params.serial_number = Some(serial()?);
        params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(now - DAY);
        params.not_after = date_time_ymd(1970, 1, 1) + since_epoch((now + DAY * LEAF_DAYS).min(self.not_after));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.signed_by(key, &self.issuer).map(Certificate::into)
    }
}

fn ca_params(patterns: &[HostPattern], key: &KeyPair, now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.serial_number = Some(serial()?);
    // Each CA has a name of its own: an old and a new one in the same trust store are never confused.
    let id = params.key_identifier(key);
    let id: String = id.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Weir");
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Weir device CA {id}"));
    params.not_before = date_time_ymd(1970, 1, 1) + since_epoch(now - DAY);
    params.not_after = date_time_ymd(1970, 1, 1) + since_epoch(now + DAY * CA_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Name constraints say nothing of mail addresses or code signing; this does.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: subtrees(patterns).into_iter().map(GeneralSubtree::DnsName).collect(),
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ],
    });
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// The fewest subtrees that hold all patterns.
fn subtrees(patterns: &[HostPattern]) -> Vec<String> {
    let mut all: Vec<String> = patterns.iter().map(HostPattern::subtree).collect();
    all.sort_by_key(|name| (name.len(), name.clone()));
    let mut kept: Vec<String> = Vec::new();
    for name in all {
        if !kept.iter().any(|subtree| is_within(&name, subtree)) {
            kept.push(name);
        }
    }
    kept
}

/// RFC 5280, 4.2.1.10: the name itself, and every name made by adding labels on the left.
fn is_within(name: &str, subtree: &str) -> bool {
    name.strip_suffix(subtree)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn read_constraints(der: &CertificateDer<'_>, key: &KeyPair) -> Result<(Vec<String>, SystemTime), NotACa> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|_| NotACa)?;
    if certificate.public_key().raw != key.subject_public_key_info().as_slice() {
        return Err(NotACa);
    }
    let constraints = certificate
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::NameConstraints(constraints) if extension.critical => Some(constraints),
            _ => None,
        })
        .ok_or(NotACa)?;
    let addresses = constraints.excluded_subtrees.iter().flatten();
    let excluded =
        addresses.filter(|tree| matches!(tree.base, GeneralName::IPAddress(bits) if bits.iter().all(|b| *b == 0)));
    if excluded.count() < 2 {
        return Err(NotACa);
    }
    let permitted = constraints
        .permitted_subtrees
        .iter()
        .flatten()
        .filter_map(|tree| match tree.base {
            GeneralName::DNSName(name) => Some(name.to_owned()),
            _ => None,
        });
    let seconds = u64::try_from(certificate.validity().not_after.timestamp()).map_err(|_| NotACa)?;
    Ok((permitted.collect(), UNIX_EPOCH + Duration::from_secs(seconds)))
}

/// Positive, 16 random bytes, never zero.
fn serial() -> Result<SerialNumber, rcgen::Error> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| rcgen::Error::RingUnspecified)?;
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Certificates count in whole seconds.
fn since_epoch(time: SystemTime) -> Duration {
    Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtrees_hold_all_patterns_and_no_more_than_needed() {
        let patterns: Vec<HostPattern> = ["chat.openai.com", "*.openai.com", "chatgpt.com", "*.sub.chatgpt.com"]
            .into_iter()
            .map(|text| HostPattern::parse(text).unwrap())
            .collect();
        assert_eq!(subtrees(&patterns), ["openai.com", "chatgpt.com"]);
    }

    #[test]
    fn a_subtree_ends_at_a_dot() {
        assert!(is_within("a.chatgpt.com", "chatgpt.com") && is_within("chatgpt.com", "chatgpt.com"));
        assert!(!is_within("evilchatgpt.com", "chatgpt.com"));
    }
}
