//! Health systems.

use crate::detectors::numbers::{Alone, Kind, valid};
use crate::registry::{Info, Standing};
use weir_model::Category;

pub(super) static KINDS: &[Kind] = &[
    Kind {
        info: Info::new("medical/uk_nhs", "NHS number", Category::Medical, Standing::Checked)
            .from("GB", "datadictionary.nhs.uk")
            .found_in(&[
                "NHS number 423 748 4777",
                "nhs_no=4237484777",
                "{\"nhs_number\": \"2047313953\"}",
                "name,nhs_number\nAda Weir,2513246799",
                "patient with NHS 902 792 9564 was discharged",
                "INSERT INTO people (id, nhs_number) VALUES (7, '9904844976');",
            ])
            .not_in(&[
                "NHS number 4237484778",
                "4237484777",
                "order 4237484777",
                "call 423 748 4777",
                "order 738 131 6706",
                "commit 6670986688a9f66709",
                "NHS no? see ticket 7868318619",
                "NHS number 483872868948387193",
            ]),
        layouts: &[&[10], &[3, 3, 4]],
        check: valid::uk_nhs,
        words: &["nhs", "nhs number", "nhs no", "patient", "national health"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/au_medicare",
            "Australian Medicare number",
            Category::Medical,
            Standing::Checked,
        )
        .from("AU", "servicesaustralia.gov.au")
        .found_in(&[
            "Medicare number 3760 92603 0",
            "medicare: 3760926030",
            "{\"medicare_number\": \"6199098151\"}",
            "name,medicare_number\nAda Weir,2590430763",
            "her Medicare card 3132 86685 2 expires soon",
            "<medicare_number>4836433342</medicare_number>",
        ])
        .not_in(&[
            "Medicare number 3760 92604 0",
            "3760926030",
            "order 3760926030",
            "order 5158 31232 1",
            "commit 6961897442a9f69618",
            "Medicare card missing, tracking number 6376963243",
            "Medicare number 552279307155227193",
        ]),
        layouts: &[&[10], &[11], &[4, 5, 1], &[4, 5, 1, 1]],
        check: valid::au_medicare,
        words: &["medicare", "medicare number", "medicare card", "medicare no", "irn"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/us_npi",
            "US national provider identifier",
            Category::Medical,
            Standing::Checked,
        )
        .from("US", "cms.gov; Luhn with 80840")
        .found_in(&[
            "NPI 1364420756",
            "\"npi\": \"1364420756\"",
            "{\"npi\": \"1061617415\"}",
            "name,npi\nAda Weir,1610024444",
            "referred by provider NPI 1095007765, cardiology",
            "<npi>1733471332</npi>",
        ])
        .not_in(&[
            "NPI 1364420757",
            "1364420756",
            "order 1364420756",
            "order 1896602855",
            "commit 1591424555a9f15914",
            "provider identifier? see ticket 1809285392",
            "NPI 139887343413987193",
        ]),
        layouts: &[&[10]],
        check: valid::us_npi,
        words: &[
            "npi",
            "national provider",
            "provider identifier",
            "provider id",
            "provider number",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/uk_chi",
            "Scottish community health index",
            Category::Medical,
            Standing::Checked,
        )
        .from("GB", "isdscotland.org; weights mod 11")
        .found_in(&[
            "CHI number 080487 8684",
            "{\"chi_number\": \"2805694937\"}",
            "name,chi_number\nAda Weir,1605636673",
            "seen in Glasgow, CHI 2501850637, GP told",
            "INSERT INTO people (id, chi_number) VALUES (7, '1011849526');",
        ])
        .not_in(&[
            "CHI number 220275 8233",
            "2709460874",
            "order 280663 3168",
            "offset 0.2402504129 of the run",
            "CHI? see ticket 1503694925",
            "CHI number 210996227521097193",
        ]),
        layouts: &[&[10], &[6, 4]],
        check: valid::uk_chi,
        words: &["chi", "chi number", "chi no", "community health index"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/br_cns",
            "Brazilian health card",
            Category::Medical,
            Standing::Checked,
        )
        .from("BR", "datasus.saude.gov.br; weights mod 11")
        .found_in(&[
            "CNS 995 0524 4858 9430",
            "{\"cartao_sus\": \"998443515797445\"}",
            "name,cartao_sus\nAda Weir,840452400739222",
            "Paciente com cartão SUS 726 1809 0640 7483, alergia",
            "| name | cartao_sus |\n|---|---|\n| Ada | 788733106979218 |",
        ])
        .not_in(&[
            "CNS 704 8731 9707 1434",
            "866921352253254",
            "pedido 704 2961 8940 9321",
            "commit 759934871286505a9f75993",
            "Cartão SUS missing, tracking number 845739987530928",
            "CNS 91510413328448291517193",
        ]),
        layouts: &[&[15], &[3, 4, 4, 4]],
        check: valid::br_cns,
        words: &[
            "cns",
            "cartão sus",
            "cartao sus",
            "sus",
            "cartão nacional de saúde",
            "carteira sus",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/au_ihi",
            "Australian healthcare identifier",
            Category::Medical,
            Standing::Checked,
        )
        .from("AU", "servicesaustralia.gov.au; Luhn")
        .found_in(&[
            "IHI 8003 6015 3074 7984",
            "{\"ihi\": \"8003609899379570\"}",
            "name,ihi\nAda Weir,8003609652023498",
            "her IHI is 8003 6003 7154 4922, upload it please",
            "ihi=8003605964928812",
        ])
        .not_in(&[
            "IHI 8003 6069 5691 0926",
            "8003604372906544",
            "order 8003 6093 5979 2296",
            "rows: 8003607828359358",
            "no Individual Healthcare Identifier in order 8003600718414193",
            "IHI 800360073343581980037193",
        ]),
        layouts: &[&[16], &[4, 4, 4, 4]],
        check: valid::au_ihi,
        words: &["ihi", "individual healthcare identifier", "healthcare identifier"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/ca_bc_phn",
            "Personal health number of British Columbia",
            Category::Medical,
            Standing::Checked,
        )
        .from("CA", "gov.bc.ca; weights mod 11")
        .found_in(&[
            "PHN 9433 940 415",
            "{\"phn\": \"9865646829\"}",
            "name,phn\nAda Weir,9191213013",
            "patient in Vancouver, PHN 9043 733 365, referred",
            "Personal Health Number\n9442468869",
        ])
        .not_in(&[
            "PHN 9600 455 994",
            "9477023717",
            "order 9516 430 879",
            "trace_id=9147442897",
            "Personal Health Number? see ticket 9312848324",
            "PHN 916035258891607193",
        ]),
        layouts: &[&[10], &[4, 3, 3]],
        check: valid::ca_bc_phn,
        words: &[
            "phn",
            "personal health number",
            "bc health",
            "health number",
            "carecard",
            "msp",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "medical/in_abha",
            "Indian health account",
            Category::Medical,
            Standing::Contextual,
        )
        .from("IN", "abdm.gov.in; no public check digit")
        .found_in(&[
            "ABHA 82-0619-6757-2850",
            "{\"abha_number\": \"59551582720690\"}",
            "name,abha_number\nAda Weir,83772872437568",
            "link my ABHA number 15-9703-4050-0777 to the hospital",
            "<abha_number>94993036763605</abha_number>",
        ])
        .not_in(&[
            "ABHA 11111111111111",
            "64259902957603",
            "order 65-8031-3115-5893",
            "offset 0.98275837069816 of the run",
            "ABHA number missing, tracking number 26612426301152",
            "ABHA 9830649229784498307193",
        ]),
        layouts: &[&[14], &[2, 4, 4, 4]],
        check: valid::plain,
        words: &["abha", "abha number", "abha id", "ayushman", "health id"],
        checked: false,
        alone: Alone::Never,
    },
];
