//! The data types that labelled sets know, by family: each family has a bar of its own.

use serde::Serialize;

/// Types that are judged together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Keys, tokens, passwords.
    Secrets,
    /// Cards, accounts, wallets.
    Financial,
    /// Numbers a state gives.
    NationalIds,
    /// Patients and doctors.
    Health,
    /// Addresses of people, devices and vehicles.
    Contact,
    /// Names, postal addresses, dates of birth: what only the context tells.
    Context,
    /// Words that say how secret a text is.
    Markings,
    /// A type that no set has labels for.
    Other,
}

impl Family {
    /// The name in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Family::Secrets => "secrets",
            Family::Financial => "financial",
            Family::NationalIds => "national ids",
            Family::Health => "health",
            Family::Contact => "contact",
            Family::Context => "context",
            Family::Markings => "markings",
            Family::Other => "other",
        }
    }

    /// The family of a type, by its name without the category.
    #[must_use]
    pub fn of(name: &str) -> Self {
        FAMILIES
            .iter()
            .find(|(_, names)| names.contains(&name))
            .map_or(Family::Other, |(family, _)| *family)
    }
}

/// Every type a labelled set may name, by family, in the order of the tables.
pub const FAMILIES: &[(Family, &[&str])] = &[
    (
        Family::Secrets,
        &[
            "openai_key",
            "anthropic_key",
            "aws_access_key_id",
            "aws_secret_key",
            "github_token",
            "gitlab_token",
            "slack_token",
            "slack_webhook",
            "stripe_key",
            "google_api_key",
            "gcp_service_account",
            "azure_storage_key",
            "azure_sas",
            "twilio_key",
            "sendgrid_key",
            "npm_token",
            "pypi_token",
            "huggingface_token",
            "databricks_token",
            "digitalocean_token",
            "other_provider_token",
            "jwt",
            "private_key",
            "db_connection_string",
            "basic_auth",
            "bearer_token",
            "password",
            "generic_secret",
        ],
    ),
    (
        Family::Financial,
        &[
            "credit_card",
            "iban",
            "us_routing",
            "bank_account",
            "swift_bic",
            "crypto_wallet",
        ],
    ),
    (
        Family::NationalIds,
        &[
            "us_ssn",
            "us_itin",
            "us_ein",
            "uk_nino",
            "uk_nhs",
            "in_aadhaar",
            "in_pan",
            "ca_sin",
            "au_tfn",
            "au_medicare",
            "de_steuer_id",
            "fr_nir",
            "it_cf",
            "es_dni",
            "es_nie",
            "nl_bsn",
            "pl_pesel",
            "br_cpf",
            "br_cnpj",
            "sg_nric",
            "kr_rrn",
            "jp_my_number",
            "mx_curp",
            "cn_ric",
            "se_personnummer",
            "no_fnr",
            "fi_hetu",
            "dk_cpr",
            "be_nn",
            "pt_nif",
            "tr_tckn",
            "za_id",
            "ch_ahv",
            "cl_rut",
            "ar_cuit",
            "ie_pps",
            "passport",
            "driver_licence",
        ],
    ),
    (Family::Health, &["us_npi", "us_dea", "us_mbi", "mrn"]),
    (
        Family::Contact,
        &[
            "email",
            "phone",
            "ip_address",
            "mac_address",
            "internal_host",
            "imei",
            "vin",
        ],
    ),
    (Family::Context, &["person_name", "postal_address", "dob"]),
    (Family::Markings, &["confidential_marking", "proprietary_header"]),
];

#[cfg(test)]
mod tests {
    use super::{FAMILIES, Family};
    use std::collections::BTreeSet;

    #[test]
    fn there_are_88_types_and_each_has_one_family() {
        let names: Vec<&str> = FAMILIES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        assert_eq!((names.len(), names.iter().collect::<BTreeSet<_>>().len()), (88, 88));
        assert_eq!(
            (Family::of("vin"), Family::of("organisation")),
            (Family::Contact, Family::Other)
        );
    }
}
