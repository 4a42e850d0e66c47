//! Where a cloud region is: names of regions to countries, and countries to groups.
//!
//! Names mislead: `eu-west-2` is in London and `europe-west6` in Zürich, neither of which is in the European Union. What
//! is in no list here is unknown, and unknown is nowhere.
//!
//! Sources: the region lists of AWS, Google Cloud, Microsoft Azure and Oracle Cloud; ISO 3166-1 for countries.

/// Members of the European Union.
const EU: &[&str] = &[
    "at", "be", "bg", "hr", "cy", "cz", "dk", "ee", "fi", "fr", "de", "gr", "hu", "ie", "it", "lv", "lt", "lu", "mt",
    "nl", "pl", "pt", "ro", "sk", "si", "es", "se",
];
/// The European Economic Area beside the Union.
const EEA: &[&str] = &["is", "li", "no"];

/// Countries beside the Economic Area that the European Commission found adequate under Art. 45 of the General Data
/// Protection Regulation, without those for single sectors or self-certified companies (2026).
const ADEQUATE: &[&str] = &[
    "ad", "ar", "ch", "fo", "gb", "gg", "il", "im", "je", "jp", "kr", "nz", "uy",
];

/// Regions of clouds, by country.
const REGIONS: &[(&str, &[&str])] = &[
    ("at", &["austriaeast", "eu-vienna-1"]),
    (
        "au",
        &[
            "ap-southeast-2",
            "ap-southeast-4",
            "australia-southeast1",
            "australia-southeast2",
            "australiaeast",
            "australiasoutheast",
            "australiacentral",
            "ap-sydney-1",
            "ap-melbourne-1",
        ],
    ),
    ("be", &["europe-west1", "belgiumcentral"]),
    (
        "br",
        &[
            "sa-east-1",
            "southamerica-east1",
            "brazilsouth",
            "brazilsoutheast",
            "sa-saopaulo-1",
            "sa-vinhedo-1",
        ],
    ),
    (
        "ca",
        &[
            "ca-central-1",
            "ca-west-1",
            "northamerica-northeast1",
            "northamerica-northeast2",
            "canadacentral",
            "canadaeast",
            "ca-toronto-1",
            "ca-montreal-1",
        ],
    ),
    (
        "ch",
        &[
            "eu-central-2",
            "europe-west6",
            "switzerlandnorth",
            "switzerlandwest",
            "eu-zurich-1",
        ],
    ),
    (
        "de",
        &[
            "eu-central-1",
            "europe-west3",
            "europe-west10",
            "germanywestcentral",
            "germanynorth",
            "eu-frankfurt-1",
            "eusc-de-east-1",
        ],
    ),
    ("dk", &["denmarkeast"]),
    (
        "es",
        &["eu-south-2", "europe-southwest1", "spaincentral", "eu-madrid-1"],
    ),
    ("fi", &["europe-north1"]),
    (
        "fr",
        &[
            "eu-west-3",
            "europe-west9",
            "francecentral",
            "francesouth",
            "eu-paris-1",
            "eu-marseille-1",
        ],
    ),
    (
        "gb",
        &[
            "eu-west-2",
            "europe-west2",
            "uksouth",
            "ukwest",
            "uk-london-1",
            "uk-cardiff-1",
        ],
    ),
    ("hk", &["ap-east-1", "asia-east2", "eastasia"]),
    ("id", &["ap-southeast-3", "asia-southeast2", "indonesiacentral"]),
    ("ie", &["eu-west-1", "northeurope"]),
    ("il", &["il-central-1", "me-west1", "israelcentral", "il-jerusalem-1"]),
    (
        "in",
        &[
            "ap-south-1",
            "ap-south-2",
            "asia-south1",
            "asia-south2",
            "centralindia",
            "southindia",
            "westindia",
            "ap-mumbai-1",
            "ap-hyderabad-1",
        ],
    ),
    (
        "it",
        &[
            "eu-south-1",
            "europe-west8",
            "europe-west12",
            "italynorth",
            "eu-milan-1",
        ],
    ),
    (
        "jp",
        &[
            "ap-northeast-1",
            "ap-northeast-3",
            "asia-northeast1",
            "asia-northeast2",
            "japaneast",
            "japanwest",
            "ap-tokyo-1",
            "ap-osaka-1",
        ],
    ),
    (
        "kr",
        &[
            "ap-northeast-2",
            "asia-northeast3",
            "koreacentral",
            "koreasouth",
            "ap-seoul-1",
            "ap-chuncheon-1",
        ],
    ),
    ("nl", &["europe-west4", "westeurope", "eu-amsterdam-1"]),
    ("no", &["norwayeast", "norwaywest"]),
    ("pl", &["europe-central2", "polandcentral"]),
    (
        "se",
        &[
            "eu-north-1",
            "europe-north2",
            "swedencentral",
            "swedensouth",
            "eu-stockholm-1",
        ],
    ),
    (
        "sg",
        &["ap-southeast-1", "asia-southeast1", "southeastasia", "ap-singapore-1"],
    ),
    (
        "us",
        &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "us-gov-east-1",
            "us-gov-west-1",
            "us-central1",
            "us-east1",
            "us-east4",
            "us-east5",
            "us-south1",
            "us-west1",
            "us-west2",
            "us-west3",
            "us-west4",
            "eastus",
            "eastus2",
            "westus",
            "westus2",
            "westus3",
            "centralus",
            "northcentralus",
            "southcentralus",
            "westcentralus",
            "us-ashburn-1",
            "us-phoenix-1",
            "us-chicago-1",
            "us-sanjose-1",
        ],
    ),
    (
        "za",
        &[
            "af-south-1",
            "africa-south1",
            "southafricanorth",
            "southafricawest",
            "af-johannesburg-1",
        ],
    ),
];

/// True when a region that was seen, or a country, lies in what a pack allows: the same name, its country, or a group
/// (`eu`, `eea`, `eu-adequate`) that its country belongs to. A group that was seen lies in itself and in the groups around it.
pub(crate) fn lies_in(seen: &str, allowed: &str) -> bool {
    let (seen, allowed) = (seen.to_ascii_lowercase(), canonical(allowed));
    let country = country_of(&seen);
    let here = country.unwrap_or(&seen);
    let here = canonical(here);
    here == allowed
        || seen == allowed
        || match &*allowed {
            "eu" => EU.contains(&&*here),
            "eea" => is_in_eea(&here),
            "eu-adequate" => here == "eea" || is_in_eea(&here) || ADEQUATE.contains(&&*here),
            _ => false,
        }
}

fn is_in_eea(here: &str) -> bool {
    here == "eu" || EU.contains(&here) || EEA.contains(&here)
}

/// True when this names a country, a group or a region of a cloud.
pub(crate) fn is_known(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    country_of(&name).is_some()
        || matches!(&*name, "eu" | "eea" | "eu-adequate")
        || (name.len() == 2 && name.bytes().all(|it| it.is_ascii_lowercase()))
}

fn country_of(region: &str) -> Option<&'static str> {
    let holds = |(_, regions): &&(&str, &[&str])| regions.contains(&region);
    REGIONS.iter().find(holds).map(|(country, _)| *country)
}

/// People write both for the United Kingdom.
fn canonical(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name == "uk" { "gb".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::{REGIONS, is_known, lies_in};

    #[test]
    fn names_that_mislead_are_where_they_are() {
        for (seen, allowed, inside) in [
            ("eu-central-1", "eu", true),
            ("eu-central-1", "de", true),
            ("eu-west-2", "eu", false),
            ("eu-west-2", "uk", true),
            ("europe-west6", "eu", false),
            ("europe-west6", "ch", true),
            ("norwayeast", "eea", true),
            ("norwayeast", "eu", false),
            ("eu", "eea", true),
            ("eea", "eu-adequate", true),
            ("europe-west6", "eu-adequate", true),
            ("us-east-1", "eu-adequate", false),
            ("eu", "eu", true),
            ("eea", "eu", false),
            ("EU", "eu", true),
            ("us", "eu", false),
            ("us-east-1", "us-east-1", true),
            ("us-east-1", "us-east-2", false),
            ("moon-base-1", "eu", false),
        ] {
            assert_eq!(lies_in(seen, allowed), inside, "{seen} in {allowed}");
        }
    }

    #[test]
    fn each_region_is_in_one_country() {
        let mut all: Vec<&str> = REGIONS.iter().flat_map(|(_, regions)| *regions).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(is_known("eu-west-3") && is_known("de") && is_known("eea") && !is_known("europa"));
    }
}
