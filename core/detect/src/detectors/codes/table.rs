//! The table of codes: shapes, check and words of each type.

use super::{Code, valid};
use crate::detectors::words;
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

/// All codes.
pub(in crate::detectors) static CODES: &[Code] = &[
    Code {
        info: Info::new(
            "governmental/uk_nino",
            "UK national insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GB", "gov.uk, NIM39110")
        .found_in(&[
            "NI number PC337296B",
            "nino: PC 33 72 96 B",
            "she gave AB482913C",
            "{\"nino\": \"PW311999B\"}",
            "name,nino\nAda Weir,JR751182C",
            "her NI number is AB302945A, payroll needs it",
        ])
        .not_in(&[
            "NI number QQ123456C",
            "NI number GB482913C",
            "NI number PC337296E",
            "order PC337296B",
            "ni number pc33",
            "National Insurance CE795613E",
            "trace=AB763855B",
            "National Insurance? see ticket PW785171D",
            "modulus sizes according to SP800-131A rev2",
            "order AB859828A",
        ]),
        shapes: "AA999999A",
        check: valid::uk_nino,
        words: &[
            "ni",
            "nino",
            "national insurance",
            "ni number",
            "national insurance number",
            "ni no",
            "insurance",
        ],
        checked: true,
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/in_pan",
            "Indian permanent account number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IN", "incometax.gov.in")
        .found_in(&[
            "PAN TLDPV9349X",
            "\"pan_number\": \"WERPF4829X\"",
            "{\"pan_number\": \"MOFPK1469X\"}",
            "name,pan_number\nAda Weir,PIIPS3722X",
            "मेरा PAN DQSPM9647T है",
        ])
        .not_in(&[
            "PAN ABCDE1234F",
            "PAN TLDXV9349X",
            "sku TLDPV9349X",
            "PAN AYNXS5313C",
            "trace=ZOQPM2986Y",
            "PAN? see ticket FDNPU8219J",
            "order ATBPX6046G",
        ]),
        shapes: "AAAAA9999A",
        check: valid::in_pan,
        words: &["pan", "permanent account", "pan card", "pan no", "income tax"],
        checked: true,
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/it_cf",
            "Italian codice fiscale",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IT", "agenziaentrate.gov.it")
        .found_in(&[
            "Codice Fiscale WRXFLW80A01H501F",
            "il signor WRXFLW80A01H501F ha chiesto",
            "{\"codice_fiscale\": \"BTGBCF94M24F381P\"}",
            "name,codice_fiscale\nAda Weir,BCRNMC89P15H529B",
            "il mio codice fiscale è NPRCRF78A09H136A, grazie",
        ])
        .not_in(&[
            "CF WRXFLW80A01H501Y",
            "CF RSSMRA85T10A562S",
            "order WRXFLW80A01H501F",
            "Codice fiscale DNDPDM54E25H806O",
            "trace=DRRFCT99H12L684B",
            "Codice fiscale? see ticket CDBGGS89H09H894B",
            "ordine MRMFDT74H26L227S",
        ]),
        shapes: "AAAAAAXXAXXAXXXA",
        check: valid::it_cf,
        words: &["codice fiscale", "cf", "fiscale", "c.f.", "codice"],
        checked: true,
        alone: Some(Confidence::High),
    },
    Code {
        info: Info::new(
            "governmental/es_dni",
            "Spanish DNI",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ES", "interior.gob.es")
        .found_in(&[
            "DNI 70492813-K",
            "mi documento es 70492813K",
            "{\"dni\": \"40114092E\"}",
            "name,dni\nAda Weir,69099302B",
            "mi DNI es 90663613M, gracias",
        ])
        .not_in(&[
            "DNI 70492813Y",
            "DNI 12345678Z",
            "pedido 70492813K",
            "DNI 99188261X",
            "trace=41278581K",
            "DNI? see ticket 98543503A",
            "pedido 51834679Q",
        ]),
        shapes: "99999999A",
        check: valid::es_dni,
        words: &[
            "dni",
            "nif",
            "documento nacional",
            "d.n.i.",
            "documento de identidad",
            "nif/dni",
            "dni nº",
            "dni/nif",
        ],
        checked: true,
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/es_nie",
            "Spanish NIE",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ES", "interior.gob.es")
        .found_in(&[
            "NIE Y4829137W",
            "con Y-4829137-W",
            "{\"nie\": \"Y9825007L\"}",
            "name,nie\nAda Weir,Y5229846M",
            "mi NIE es Z5798005D, gracias",
        ])
        .not_in(&[
            "NIE Y4829137Y",
            "NIE A4829137X",
            "pedido Y4829137W",
            "NIE Z6838158Y",
            "trace=X5929811C",
            "NIE? see ticket Z9821370F",
            "pedido X9663285L",
        ]),
        shapes: "A9999999A",
        check: valid::es_nie,
        words: &["nie", "número de identidad", "extranjero", "n.i.e.", "nif", "identidad"],
        checked: true,
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/mx_curp",
            "Mexican CURP",
            Category::Governmental,
            Standing::Checked,
        )
        .from("MX", "gob.mx/curp")
        .found_in(&[
            "CURP WEXF800101HDFRVR08",
            "registro WEXF800101HDFRVR08",
            "{\"curp\": \"JEPK450609MNLMRZ03\"}",
            "name,curp\nAda Weir,VEHD730519MJCNDN09",
            "mi CURP es REKM491126MJCPWF00, gracias",
        ])
        .not_in(&[
            "CURP WEXF800101HDFRVR09",
            "pedido WEXF800101HDFRVR08",
            "CURP WEXF801301HDFRVR09",
            "CURP CEWJ000114MNLZGG02",
            "trace=AERK841006MDFXZX01",
            "CURP? see ticket DEYD460718MDFJKW09",
            "pedido WEZY770121MDFTTJ04",
        ]),
        shapes: "AAAA999999AAAAAAX9",
        check: valid::mx_curp,
        words: &["curp", "clave única"],
        checked: true,
        alone: Some(Confidence::High),
    },
    Code {
        info: Info::new(
            "governmental/sg_nric",
            "Singapore NRIC or FIN",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SG", "ica.gov.sg")
        .found_in(&[
            "NRIC S4829137F",
            "nric_no: S4829137F",
            "{\"nric\": \"S5908121G\"}",
            "name,nric\nAda Weir,S2787191G",
            "my NRIC is S6849721C, thanks",
        ])
        .not_in(&[
            "NRIC S4829137Y",
            "NRIC S1234567D",
            "order S4829137F",
            "NRIC S8187087A",
            "trace=S5243871C",
            "NRIC? see ticket S2189747G",
            "order T2646959C",
        ]),
        shapes: "A9999999A",
        check: valid::sg_nric,
        words: &[
            "nric",
            "fin",
            "nric/fin",
            "ic number",
            "ic no",
            "identity card",
            "singpass",
        ],
        checked: true,
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/fi_hetu",
            "Finnish personal identity code",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FI", "dvv.fi")
        .found_in(&[
            "henkilötunnus 140871-456H",
            "hetu: 140871-456H",
            "{\"hetu\": \"010471-360T\"}",
            "name,hetu\nAda Weir,150351-852R",
            "henkilötunnukseni on: hetu 070984-492A",
        ])
        .not_in(&[
            "hetu 140871-456Y",
            "order 140871-456H",
            "140871456H",
            "henkilötunnus 150788-617A",
            "trace=150869-695B",
            "henkilötunnus? see ticket 130159-691P",
            "tilaus 110976-864U",
        ]),
        shapes: "999999999A 9999999999 999999A999X",
        check: valid::fi_hetu,
        words: &[
            "hetu",
            "henkilötunnus",
            "henkilötunnukseni",
            "henkilotunnus",
            "personbeteckning",
            "personal identity code",
            "sotu",
            "sosiaaliturvatunnus",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/ie_pps",
            "Irish personal public service number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IE", "gov.ie")
        .found_in(&[
            "PPS number 4829137K",
            "ppsn=4829137K",
            "{\"ppsn\": \"5653425U\"}",
            "name,ppsn\nAda Weir,1693464W",
            "my PPS number is 3645767N, thanks",
        ])
        .not_in(&[
            "PPS number 4829137Y",
            "4829137K",
            "order 4829137K",
            "PPS number 4316925D",
            "trace=1823741R",
            "PPS number? see ticket 5879851B",
            "order 5025038J",
        ]),
        shapes: "9999999A 9999999AA",
        check: valid::ie_pps,
        words: &["pps", "ppsn", "pps number", "pps no", "personal public service"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/cn_ric",
            "Chinese resident identity number with X",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CN", "GB 11643")
        .found_in(&["身份证号 11010519720926669X", "id card 11010519720926669X"])
        .not_in(&["身份证号 11020519720926669X", "order 11010519720926669X"]),
        shapes: "99999999999999999A",
        check: valid::cn_ric_with_x,
        words: &[
            "ric",
            "resident identity",
            "id card",
            "身份证",
            "身份证号",
            "身份证号码",
            "公民身份号码",
        ],
        checked: true,
        alone: Some(Confidence::High),
    },
    Code {
        info: Info::new(
            "medical/us_dea",
            "US DEA registration number",
            Category::Medical,
            Standing::Checked,
        )
        .from("US", "deadiversion.usdoj.gov")
        .found_in(&[
            "DEA FW4829137",
            "dea_number: FW4829137",
            "{\"dea_number\": \"AI0510405\"}",
            "name,dea_number\nAda Weir,BY8681101",
            "prescriber with DEA AO4607769, refill",
        ])
        .not_in(&[
            "DEA FW4829138",
            "FW4829137",
            "order FW4829137",
            "DEA AM6143059",
            "trace=BV8269537",
            "DEA? see ticket MU0241430",
            "order FE0291245",
        ]),
        shapes: "AA9999999",
        check: valid::us_dea,
        words: &["dea", "dea number", "dea no", "prescriber", "dea registration"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "medical/us_mbi",
            "US Medicare beneficiary identifier",
            Category::Medical,
            Standing::Checked,
        )
        .from("US", "cms.gov")
        .found_in(&[
            "MBI 4WE7RF9WX82",
            "medicare id 4WE7-RF9-WX82",
            "{\"medicare_id\": \"5ER9QC3MM85\"}",
            "name,medicare_id\nAda Weir,1MY8MJ7EW06",
            "her Medicare MBI is 3PG2KY4QG68, billing",
        ])
        .not_in(&[
            "MBI 1EG4TE5MK73",
            "MBI 4SE7RF9WX82",
            "order 4WE7RF9WX82",
            "MBI 3SV2TE9YC11",
            "trace=6QA9XG2NT91",
            "MBI? see ticket 9GY8RH2DC41",
            "order 8RF3JH4VE68",
        ]),
        shapes: "9AX9AX9AA99",
        check: valid::us_mbi,
        words: &["mbi", "medicare", "medicare id", "beneficiary", "medicare number"],
        checked: true,
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "personal/vin",
            "Vehicle identification number",
            Category::Personal,
            Standing::Checked,
        )
        .from("any", "ISO 3779; check digit of 49 CFR 565")
        .found_in(&[
            "VIN 1WE1RF0W5XA482913",
            "vehicle id: 1WE1RF0W5XA482913",
            "{\"vin\": \"124THYV9213J76931\"}",
            "name,vin\nAda Weir,163C32M40YX687736",
            "the car with VIN 110XT7JM63RZ01546 was sold",
        ])
        .not_in(&[
            "VIN 1WE1RF0W6XA482913",
            "VIN 1WE1RF0O0XA482913",
            "request 1WE1RF0W5XA482913",
            "VIN 13N3UP2245MN08540",
            "trace=16FLGTP34GC821640",
            "VIN? see ticket 1397XZBM7ACP40525",
            "order 1KHHFKLS84XD60333",
        ]),
        shapes: "XXXXXXXXXXXXXXXXX",
        check: valid::vin_checked,
        words: &[
            "vin",
            "vehicle",
            "chassis",
            "vehicle identification",
            "car",
            "fahrgestellnummer",
            "fin",
            "vin number",
        ],
        checked: true,
        alone: Some(Confidence::Low),
    },
    Code {
        info: Info::new(
            "personal/vin",
            "Vehicle identification number",
            Category::Personal,
            Standing::Contextual,
        )
        .from("any", "ISO 3779, beside its name"),
        shapes: "XXXXXXXXXXXXXXXXX",
        check: valid::vin,
        words: &[
            "vin",
            "vehicle",
            "chassis",
            "vehicle identification",
            "vin number",
            "vin no",
            "frame number",
            "fahrgestellnummer",
            "fahrzeug identifizierungsnummer",
            "şasi no",
            "fin",
            "fahrzeugidentifikationsnummer",
            "numéro de châssis",
            "châssis",
            "bastidor",
            "número de bastidor",
            "telaio",
            "numero di telaio",
            "chassinummer",
            "chassisnummer",
            "chassi",
            "nadwozia",
            "numer vin",
            "chassisnr",
            "шасси",
            "车架号",
            "車台番号",
            "차대번호",
            "şasi no",
            "şasi",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/cl_rut",
            "Chilean RUT with K",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CL", "registrocivil.cl"),
        shapes: "99999999A 9999999A",
        check: valid::cl_rut_k,
        words: &["rut", "run", "rol único", "rol unico", "cédula"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/hk_id",
            "Hong Kong identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("HK", "immd.gov.hk; weights mod 11")
        .found_in(&[
            "HKID A648966(7)",
            "{\"hkid\": \"H6403524\"}",
            "name,hkid\nAda Weir,D342760A",
            "我的香港身份證號碼是Z5295786，謝謝",
            "<hkid>G375594A</hkid>",
        ])
        .not_in(&[
            "HKID E2110223",
            "P7188017",
            "order Y8528924",
            "trace_id=E5442692",
            "香港身份證? see ticket G7165225",
            "HKID A85620000A85XQ7ZZ9193",
        ]),
        shapes: "A9999999 A999999A AA9999999 AA999999A",
        check: valid::hk_id,
        words: &[
            "hkid",
            "hkid no",
            "hong kong id",
            "hong kong identity",
            "身份證",
            "身份證號碼",
            "香港身份證",
            "hk id",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/tw_id",
            "Taiwanese identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("TW", "moi.gov.tw; weights mod 10")
        .found_in(&[
            "身分證字號 J189497100",
            "{\"taiwan_id\": \"T166504379\"}",
            "name,taiwan_id\nAda Weir,C270138283",
            "我的身分證字號是E239907051，謝謝",
            "INSERT INTO people (id, taiwan_id) VALUES (7, 'H148139428');",
        ])
        .not_in(&[
            "身分證字號 B257123999",
            "A160750451",
            "訂單order E189234109",
            "sku: K125479065",
            "Taiwan ID missing, tracking number E132940761",
            "身分證字號 E2087870011E20XQ7ZZ9193",
        ]),
        shapes: "A999999999",
        check: valid::tw_id,
        words: &[
            "身分證",
            "身分證字號",
            "身份證字號",
            "國民身分證",
            "taiwan id",
            "taiwanese id",
            "統一證號",
            "roc id",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/de_svnr",
            "German pension insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("DE", "deutsche-rentenversicherung.de; VKVS § 2")
        .found_in(&[
            "Rentenversicherungsnummer 65 211047 H 633",
            "{\"sv_nummer\": \"65240458Q927\"}",
            "name,sv_nummer\nAda Weir,65060599P901",
            "Meine Sozialversicherungsnummer ist 65170198C043, danke",
            "| name | sv_nummer |\n|---|---|\n| Ada | 65130178M926 |",
        ])
        .not_in(&[
            "Rentenversicherungsnummer 65140991E121",
            "65010161Q245",
            "Bestellung 65051048I611",
            "commit 65170599L072",
            "SV-Nummer? see ticket 65270887M735",
            "Rentenversicherungsnummer 65220458C5333652XQ7ZZ9193",
        ]),
        shapes: "99999999A999",
        check: valid::de_svnr,
        words: &[
            "rentenversicherungsnummer",
            "sozialversicherungsnummer",
            "sozialversicherungs nr",
            "versicherungsnummer",
            "rvnr",
            "rv nummer",
            "rv-nummer",
            "svnr",
            "sv nummer",
            "sv-nummer",
            "sv nr",
            "sv-nr",
            "vsnr",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/de_personalausweis",
            "German identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("DE", "personalausweisportal.de; ICAO 9303 check")
        .found_in(&[
            "Personalausweis LRN5J94974",
            "{\"personalausweisnummer\": \"LTR2778XC0\"}",
            "name,personalausweisnummer\nAda Weir,LG25XH08C4",
            "Mein Personalausweis LW13V3VK97 ist abgelaufen",
            "personalausweisnummer=L2G29JYV77",
        ])
        .not_in(&[
            "Personalausweis L739YT9VC4",
            "L980YC5ZC8",
            "Bestellung LNV284Z288",
            "build/L7WHYX6394.zip",
            "Ausweisnummer missing, tracking number L5YT21L5G4",
            "Personalausweis L69XYP3Y055L69XQ7ZZ9193",
        ]),
        shapes: "AXXXXXXXX AXXXXXXXX9",
        check: valid::de_ausweis,
        words: &[
            "personalausweis",
            "personalausweisnummer",
            "ausweisnummer",
            "ausweis nr",
            "perso",
            "personalausweis nr",
            "ausweis",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/pl_dowod",
            "Polish identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PL", "gov.pl; weights mod 10")
        .found_in(&[
            "dowód osobisty VFJ 615849",
            "{\"numer_dowodu\": \"GIJ412736\"}",
            "name,numer_dowodu\nAda Weir,VWX385219",
            "mój dowód osobisty: dowód osobisty ELA664306, ważny",
            "numer dowodu\nABZ855907",
        ])
        .not_in(&[
            "dowód osobisty KXK875925",
            "EUO209702",
            "zamówienie VMD911676",
            "trace_id=XZX115181",
            "numer dowodu? see ticket OML638172",
            "dowód osobisty XEG4807266XEGXQ7ZZ9193",
        ]),
        shapes: "AAA999999",
        check: valid::pl_dowod,
        words: &[
            "dowód osobisty",
            "dowodu osobistego",
            "dowod osobisty",
            "numer dowodu",
            "nr dowodu",
            "seria i numer",
            "dowód",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/pt_cc",
            "Portuguese citizen card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PT", "autenticacao.gov.pt; Luhn of base 36")
        .found_in(&[
            "Cartão de Cidadão 28308616 8 DC6",
            "{\"cartao_cidadao\": \"548360739LF3\"}",
            "name,cartao_cidadao\nAda Weir,430958369LX2",
            "o meu cartão de cidadão 555246197MQ6 caducou",
            "<cartao_cidadao>692867079DW2</cartao_cidadao>",
        ])
        .not_in(&[
            "Cartão de Cidadão 716351108NQ2",
            "446503948FP1",
            "encomenda order 630545302IU7",
            "sku: 297129130QU6",
            "cartão do cidadão missing, tracking number 307435944FA7",
            "Cartão de Cidadão 726473658EZ88726XQ7ZZ9193",
        ]),
        shapes: "999999999AA9",
        check: valid::pt_cc,
        words: &[
            "cartão de cidadão",
            "cartao de cidadao",
            "cartão do cidadão",
            "cc nº",
            "número cc",
            "cartao cidadao",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/in_epic",
            "Indian voter card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IN", "eci.gov.in; Luhn")
        .found_in(&[
            "EPIC UHW4991147",
            "{\"voter_id\": \"RUM2373892\"}",
            "name,voter_id\nAda Weir,UZI0955872",
            "my voter id is ADJ2959757, Pune",
            "INSERT INTO people (id, voter_id) VALUES (7, 'FNS2946168');",
        ])
        .not_in(&[
            "EPIC BUQ4819232",
            "FPI6076046",
            "order KTX3795986",
            "commit ZZV1283365",
            "Voter ID? see ticket UZP6471965",
            "EPIC HUV75647277HUVXQ7ZZ9193",
        ]),
        shapes: "AAA9999999",
        check: valid::in_epic,
        words: &[
            "epic",
            "voter id",
            "voter card",
            "epic no",
            "election commission",
            "voter",
            "मतदाता",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/in_gstin",
            "Indian GST number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IN", "gst.gov.in; base 36 check")
        .found_in(&[
            "GSTIN 27XMWFW3691M2ZN",
            "{\"gstin\": \"27YSLFJ1643X2ZO\"}",
            "name,gstin\nAda Weir,29IXMPT5792R1ZP",
            "bill it to GSTIN 33JXWCS9573V2Z5, Mumbai",
            "| name | gstin |\n|---|---|\n| Ada | 29KYHCA0903F3ZC |",
        ])
        .not_in(&[
            "GSTIN 27EJQCH2503B3Z9",
            "29YANPH4061B1Z8",
            "order 07ZPPCN3817C3ZV",
            "build/07HMQPI3834V1ZU.zip",
            "GST No missing, tracking number 33UMQCR4407J1ZX",
            "GSTIN 27FVJCQ1390N3ZHH27FXQ7ZZ9193",
        ]),
        shapes: "99AAAAA9999AXAX",
        check: valid::in_gstin,
        words: &["gstin", "gst", "gst no", "gst number", "gstin no"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/gh_card",
            "Ghana card",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("GH", "nia.gov.gh; no public check digit")
        .found_in(&[
            "Ghana Card GHA-273676848-0",
            "{\"ghana_card\": \"GHA8879953666\"}",
            "name,ghana_card\nAda Weir,GHA9201813095",
            "my Ghana Card is GHA4188762258, Accra",
            "ghana_card=GHA1542654825",
        ])
        .not_in(&[
            "Ghana Card is missing",
            "GHA7605375416",
            "order GHA3452443907",
            "trace_id=GHA2379084006",
            "Ghana ID? see ticket GHA9680915692",
            "Ghana Card GHA38276533622GHAXQ7ZZ9193",
        ]),
        shapes: "AAA9999999999",
        check: valid::starts_gha,
        words: &["ghana card", "ghana id", "gha card", "nia", "ghanacard"],
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/ke_pin",
            "Kenyan tax number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("KE", "kra.go.ke; no public check")
        .found_in(&[
            "KRA PIN P023815730K",
            "{\"kra_pin\": \"P024420619Q\"}",
            "name,kra_pin\nAda Weir,A094381664L",
            "file it under KRA PIN P050617966E, Nairobi",
            "KRA\nP049842365C",
        ])
        .not_in(&[
            "KRA PIN is missing",
            "A066794017S",
            "order A081175978O",
            "sku: A089011042W",
            "KRA missing, tracking number A017307916O",
            "KRA PIN P083634626NNP08XQ7ZZ9193",
        ]),
        shapes: "A999999999A",
        check: valid::shaped,
        words: &["kra pin", "kra", "pin certificate"],
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/ma_cin",
            "Moroccan identity card",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("MA", "dgsn.gov.ma; no check digit")
        .found_in(&[
            "CIN OZ775691",
            "{\"cnie\": \"FL521878\"}",
            "name,cnie\nAda Weir,YF569072",
            "le titulaire, CIN BT815750, réside à Rabat",
            "<cnie>GQ172349</cnie>",
        ])
        .not_in(&[
            "CIN is missing",
            "TJ865938",
            "commande AU587762",
            "commit HJ139405",
            "CNIE? see ticket BY538867",
            "CIN DH2712844DH2XQ7ZZ9193",
        ]),
        shapes: "A999999 AA999999 AA99999 A9999999",
        check: valid::shaped,
        words: &[
            "cin",
            "cnie",
            "carte nationale",
            "cin n°",
            "البطاقة الوطنية",
            "carte d identité nationale",
        ],
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/ve_ci",
            "Venezuelan identity card",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("VE", "saime.gob.ve; no check digit")
        .found_in(&[
            "Cédula V-18.733.449",
            "{\"cedula\": \"V-16283744\"}",
            "name,cedula\nAda Weir,E-22969515",
            "Soy titular de la cédula V-18679374, de Caracas",
            "INSERT INTO people (id, cedula) VALUES (7, 'E-11604949');",
        ])
        .not_in(&[
            "Cédula is missing",
            "V-29608010",
            "pedido V-26955641",
            "build/V-16917298.zip",
            "C.I. missing, tracking number E-10648021",
            "Cédula E-198079022E-1XQ7ZZ9193",
        ]),
        shapes: "A9999999 A99999999",
        check: valid::ve_ci,
        words: &["cédula", "cedula", "ci", "cédula de identidad", "cedula de identidad"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/ve_rif",
            "Venezuelan tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("VE", "seniat.gob.ve; weights mod 11")
        .found_in(&[
            "RIF J-48765741-6",
            "{\"rif\": \"G744171719\"}",
            "name,rif\nAda Weir,J542803583",
            "la empresa, RIF V650422798, factura hoy",
            "| name | rif |\n|---|---|\n| Ada | J289127665 |",
        ])
        .not_in(&[
            "RIF V870024808",
            "J943432090",
            "pedido G356413158",
            "trace_id=J452298758",
            "R.I.F.? see ticket G770570656",
            "RIF V3047359688V30XQ7ZZ9193",
        ]),
        shapes: "A999999999",
        check: valid::ve_rif,
        words: &["rif", "r.i.f.", "registro de información fiscal"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/by_pn",
            "Belarusian personal number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BY", "mvd.gov.by; weights mod 10")
        .found_in(&[
            "Идентификационный номер 3090578A170PB0",
            "{\"личный_номер\": \"3060592A252PB0\"}",
            "name,личный_номер\nAda Weir,3121085A365PB8",
            "Мой личный номер 3180757A556PB7, Минск",
            "личный_номер=3200190A972PB5",
        ])
        .not_in(&[
            "Идентификационный номер 3120193A732PB6",
            "3150346A503PB0",
            "заказ 3140201A281PB4",
            "sku: 3240156A860PB3",
            "Личный номер missing, tracking number 3050994A608PB2",
            "Идентификационный номер 3240449A547PB66324XQ7ZZ9193",
        ]),
        shapes: "9999999A999AA9",
        check: valid::by_pn,
        words: &[
            "личный номер",
            "идентификационный номер",
            "асабісты нумар",
            "ідэнтыфікацыйны нумар",
            "belarusian id",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/lk_nic",
            "Sri Lankan identity card of before 2016",
            Category::Governmental,
            Standing::Checked,
        )
        .from("LK", "drp.gov.lk; year and day of birth")
        .found_in(&[
            "NIC 860298284V",
            "{\"nic_number\": \"823223469V\"}",
            "name,nic_number\nAda Weir,810127013V",
            "my NIC is 740509502V, Kandy",
            "NIC No\n571876256V",
        ])
        .not_in(&[
            "NIC 884009342V",
            "790710606V",
            "order 652911298V",
            "commit 882444196V",
            "NIC No? see ticket 872725869V",
            "NIC 552420031VV552XQ7ZZ9193",
        ]),
        shapes: "999999999A",
        check: valid::lk_nic_old,
        words: &[
            "nic",
            "nic no",
            "nic number",
            "sri lanka nic",
            "sri lankan id",
            "ජාතික හැඳුනුම්පත",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/us_ptin",
            "US preparer tax number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("US", "irs.gov; no check digit")
        .found_in(&[
            "PTIN P03404859",
            "{\"ptin\": \"P01043956\"}",
            "name,ptin\nAda Weir,P04201106",
            "signed by the preparer, PTIN P05606704",
            "<ptin>P06558573</ptin>",
        ])
        .not_in(&[
            "PTIN is missing",
            "P05516589",
            "order P01639986",
            "build/P02469841.zip",
            "PTIN number missing, tracking number P09467547",
            "PTIN P033420199P03XQ7ZZ9193",
        ]),
        shapes: "A99999999",
        check: valid::us_ptin,
        words: &["ptin", "preparer tax", "ptin number"],
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/us_alien_number",
            "US alien registration number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("US", "uscis.gov; no check digit")
        .found_in(&[
            "Alien Number A-237457286",
            "{\"alien_number\": \"A296324035\"}",
            "name,alien_number\nAda Weir,A028020935",
            "his alien registration A-Number A014955291 is pending",
            "INSERT INTO people (id, alien_number) VALUES (7, 'A200516129');",
        ])
        .not_in(&[
            "Alien Number is missing",
            "A251156237",
            "order A107024615",
            "trace_id=A159487013",
            "USCIS#? see ticket A185768871",
            "Alien Number A2398823755A23XQ7ZZ9193",
        ]),
        shapes: "A99999999 A999999999",
        check: valid::us_alien,
        words: &[
            "alien number",
            "alien registration",
            "a number",
            "uscis",
            "uscis number",
            "green card",
            "a#",
            "anumber",
        ],
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/mx_rfc",
            "Mexican taxpayer number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("MX", "sat.gob.mx; name, date, homoclave")
        .found_in(&[
            "RFC TTCC-920414-XF7",
            "{\"rfc\": \"SVSC000517WG4\"}",
            "name,rfc\nAda Weir,CGCP010421ZN9",
            "Facturar al RFC BHSP900223BB7, gracias",
            "| name | rfc |\n|---|---|\n| Ada | TCPN961204KP2 |",
        ])
        .not_in(&[
            "RFC LBGC733915FG7",
            "TBVG611113KR6",
            "pedido DBLC011204GU2",
            "sku: LMLG540408IH0",
            "R.F.C. missing, tracking number CVBM610321BX0",
            "RFC RGSP970426AM88RGSXQ7ZZ9193",
        ]),
        shapes: "AAAA999999XXX AAA999999XXX",
        check: valid::mx_rfc,
        words: &[
            "rfc",
            "registro federal",
            "r.f.c.",
            "registro federal de contribuyentes",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/es_cif",
            "Spanish company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ES", "agenciatributaria.es; digit sums mod 10")
        .found_in(&[
            "CIF A-17054099",
            "{\"cif\": \"B89278915\"}",
            "name,cif\nAda Weir,A11245594",
            "la sociedad con CIF A59446203 factura",
            "cif=A92239854",
        ])
        .not_in(&[
            "CIF A46607009",
            "A92109883",
            "pedido B51707149",
            "commit B71857627",
            "NIF? see ticket B23900087",
            "CIF A144158488A14XQ7ZZ9193",
        ]),
        shapes: "A9999999X",
        check: valid::es_cif,
        words: &["cif", "nif", "c.i.f.", "nif empresa", "cif empresa"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/eu_vat",
            "VAT number of the European Union",
            Category::Governmental,
            Standing::Checked,
        )
        .from("any", "ec.europa.eu/taxation_customs/vies; the check of each country")
        .found_in(&[
            "USt-IdNr. DE 715459202",
            "{\"vat_id\": \"DE109695450\"}",
            "name,vat_id\nAda Weir,DE591927066",
            "unsere USt-IdNr. DE728097964 auf die Rechnung: USt-IdNr. DE728097964",
            "VAT number\nDE350183002",
        ])
        .not_in(&[
            "USt-IdNr. DE805505736",
            "DE480178173",
            "Bestellung DE960373453",
            "build/DE968991070.zip",
            "VAT number missing, tracking number DE563380984",
            "USt-IdNr. DE4618395788DE4XQ7ZZ9193",
        ]),
        shapes: "AA99999999 AA999999999 AA9999999999 AA99999999999 AA999999999999 AAA99999999 AA999999999A99 AAA99999999A AA9999999A AA9999999AA AAAA999999999 AAA999999999 AA99999999A AAX99999999A AAX9999999X AAXX999999999",
        check: valid::eu_vat,
        words: &[
            "vat",
            "vat no",
            "vat id",
            "vat number",
            "ust id",
            "ust-id",
            "ust idnr",
            "ust-idnr",
            "vat-id",
            "vat-nr",
            "btw-nummer",
            "btw-nr",
            "nif-iva",
            "ustid",
            "ust.id",
            "ust id nr",
            "umsatzsteuer",
            "umsatzsteuer id",
            "btw",
            "btw nummer",
            "btw nr",
            "btw id",
            "tva",
            "n° tva",
            "tva intracommunautaire",
            "numéro de tva",
            "partita iva",
            "p.iva",
            "iva",
            "nif iva",
            "vat reg",
            "vat registration",
            "uid",
            "uid nr",
            "uid nummer",
            "dph",
            "dič",
            "moms",
            "momsnr",
            "alv",
            "áfa",
            "pvn",
            "pvm",
            "kmkr",
            "ddv",
            "oib",
            "nip",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/ch_uid",
            "Swiss company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CH", "uid.admin.ch; weights mod 11")
        .found_in(&[
            "UID CHE-356.293.117",
            "{\"uid\": \"CHE754738671\"}",
            "name,uid\nAda Weir,CHE584691493",
            "unsere UID lautet CHE745176099, merci",
            "<uid>CHE834652860</uid>",
        ])
        .not_in(&[
            "UID CHE825625606",
            "CHE362603568",
            "Bestellung CHE367438638",
            "trace_id=CHE028643127",
            "MWST-Nr.? see ticket CHE650049201",
            "UID CHE5813882077CHEXQ7ZZ9193",
        ]),
        shapes: "AAA999999999",
        check: valid::ch_uid,
        words: &[
            "uid",
            "mwst",
            "mwst nr",
            "mwst-nr",
            "uid-nr",
            "ide",
            "tva",
            "iva",
            "unternehmens identifikationsnummer",
            "uid nummer",
            "handelsregister",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/cn_uscc",
            "Chinese company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CN", "GB 32100; base 31")
        .found_in(&[
            "统一社会信用代码 91310115RM49PNPK5N",
            "{\"uscc\": \"91310115D2CMRYUQBF\"}",
            "name,uscc\nAda Weir,91310115X62J1NWKEX",
            "我们公司的统一社会信用代码是91310115TUDYG477CJ",
            "INSERT INTO people (id, uscc) VALUES (7, '91310115W4J5GTXE6Q');",
        ])
        .not_in(&[
            "统一社会信用代码 91310115B3UQA1B1XZ",
            "91310115EYEG1Y9P5G",
            "订单号 91310115NRMHAFJXA1",
            "sku: 91310115QQ9JJ4LEHX",
            "USCC missing, tracking number 913101152W6GACKCXX",
            "统一社会信用代码 91310115QQ73C14GPGG913XQ7ZZ9193",
        ]),
        shapes: "99999999XXXXXXXXXX XX999999XXXXXXXXXX",
        check: valid::cn_uscc,
        words: &[
            "统一社会信用代码",
            "社会信用代码",
            "信用代码",
            "uscc",
            "unified social credit",
            "营业执照",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/sg_uen",
            "Singapore company number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("SG", "uen.gov.sg; shape")
        .found_in(&[
            "UEN 200881729L",
            "{\"uen\": \"201913650O\"}",
            "name,uen\nAda Weir,201954760W",
            "please bill UEN 200827053R, Singapore",
            "| name | uen |\n|---|---|\n| Ada | 200827908X |",
        ])
        .not_in(&[
            "UEN is missing",
            "200886245D",
            "order 200865271Z",
            "commit 201982547O",
            "UEN No? see ticket 200837940D",
            "UEN 201938041VV201XQ7ZZ9193",
        ]),
        shapes: "99999999A 999999999A A99AA9999A",
        check: valid::shaped,
        words: &["uen", "uen no", "unique entity", "acra"],
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/passport",
            "Passport number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("any", "ICAO 9303")
        .found_in(&[
            "Passport No EA9645872",
            "{\"passport_number\": \"EA7349731\"}",
            "name,passport_number\nAda Weir,L7682436",
            "my passport L5712648 expires in May, can I travel?",
            "passport_number=X3019758",
        ])
        .not_in(&[
            "Passport No is missing",
            "L6900273",
            "order AB7685531",
            "build/C3016124.zip",
            "Reisepass missing, tracking number YA6999385",
            "Passport No EA19631200EA1XQ7ZZ9193",
        ]),
        shapes: "XXXXXX XXXXXXX XXXXXXXX XXXXXXXXX XXXXXXXXXX",
        check: valid::passport,
        words: words::PASSPORT,
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/driver_licence",
            "UK driving licence number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GB", "dvla.gov.uk")
        .found_in(&[
            "Driving licence JONES 757228 YL9AN",
            "{\"driving_licence\": \"EVANS557203ZU7ZH\"}",
            "name,driving_licence\nAda Weir,EVANS955207RS8DE",
            "the DVLA has EVANS911265Y97DF on file",
            "DVLA\nEVANS710155MK7GS",
        ])
        .not_in(&[
            "Driving licence is missing",
            "order MORGA560102FN7MT",
            "trace_id=HALL9508024XR8OA",
            "DVLA? see ticket MORGA656129MR8ND",
            "Driving licence JONES903128CO7MFFJONXQ7ZZ9193",
        ]),
        shapes: "AAAXX999999AXXAA AAAXX999999AXXAA99",
        check: valid::uk_licence,
        words: &[
            "driving licence",
            "driver licence",
            "driving license",
            "licence no",
            "dvla",
            "driver number",
            "licence number",
        ],
        checked: true,
        alone: Some(Confidence::Medium),
    },
    Code {
        info: Info::new(
            "governmental/fr_nir",
            "French social security number of Corsica",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FR", "INSEE; 2A and 2B are read as 19 and 18 by the key")
        .found_in(&[
            "NIR 284072A53802870",
            "nom;nir\nWEIR Ada;189052B23620127",
            "{\"numero_secu\": \"189052B23620127\"}",
        ])
        .not_in(&[
            "NIR 284072A53802871",
            "284072A53802870",
            "commande 284072A53802870",
            "NIR 284992A53802805",
        ]),
        shapes: "999999A99999999",
        check: valid::fr_nir_corsica,
        words: words::NIR,
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "governmental/driver_licence",
            "Driving licence number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("any", "issuers of the United States and Europe"),
        shapes: "XXXXXXX XXXXXXXX XXXXXXXXX XXXXXXXXXX XXXXXXXXXXX XXXXXXXXXXXX XXXXXXXXXXXXX XXXXXXXXXXXXXX XXXXXXXXXXXXXXX",
        check: valid::document,
        words: words::LICENCE,
        checked: false,
        alone: None,
    },
    Code {
        info: Info::new(
            "medical/de_kvnr",
            "German health insurance number",
            Category::Medical,
            Standing::Checked,
        )
        .from("DE", "gkv-spitzenverband.de; § 290 SGB V")
        .found_in(&[
            "KVNR I 146 839 977",
            "{\"versichertennummer\": \"L610865666\"}",
            "name,versichertennummer\nAda Weir,O897612028",
            "Patientin bei der AOK, KVNR E841717593, Überweisung",
            "INSERT INTO people (id, versichertennummer) VALUES (7, 'L860897957');",
        ])
        .not_in(&[
            "pub const DL_DROPPED: DRAGLISTINFO = DRAGLISTINFO(1158u32);",
            "KVNR M561727326",
            "U272795337",
            "Bestellung K239880827",
            "commit M478358901",
            "Versichertennummer? see ticket E270608287",
            "KVNR K2211997600K22XQ7ZZ9193",
        ]),
        shapes: "A999999999",
        check: valid::de_kvnr,
        words: &[
            "kvnr",
            "kv nummer",
            "kv-nummer",
            "kv nr",
            "kv-nr",
            "versicherten-nr",
            "versichertennummer",
            "versicherten nr",
            "krankenversichertennummer",
            "krankenversicherungsnummer",
            "krankenversicherung",
            "egk",
            "gesundheitskarte",
            "krankenkasse",
            "versicherten id",
            "krankenkassennummer",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "medical/ca_ohip",
            "Ontario health card",
            Category::Medical,
            Standing::Checked,
        )
        .from("CA", "ontario.ca; Luhn")
        .found_in(&[
            "OHIP 5720-910-982-NV",
            "{\"ohip\": \"8163409454SL\"}",
            "name,ohip\nAda Weir,5399684231ZV",
            "patient in Toronto, OHIP 8811343741TD, referred",
            "| name | ohip |\n|---|---|\n| Ada | 6420234285BR |",
        ])
        .not_in(&[
            "OHIP 3768113164DK",
            "6133532256WW",
            "order 2835488541QB",
            "build/8406786304EB.zip",
            "Health card missing, tracking number 8519308640VP",
            "OHIP 1518058027IEE151XQ7ZZ9193",
        ]),
        shapes: "9999999999AA 9999999999A",
        check: valid::ca_ohip,
        words: &[
            "ohip",
            "health card",
            "health card number",
            "hcn",
            "ontario health",
            "health insurance",
            "hc#",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "medical/ca_ramq",
            "Quebec health insurance number",
            Category::Medical,
            Standing::Checked,
        )
        .from("CA", "ramq.gouv.qc.ca; name and birthday")
        .found_in(&[
            "NAM SAUP 5805 1872",
            "{\"ramq\": \"BQQI79011228\"}",
            "name,ramq\nAda Weir,WWHN64601536",
            "le patient, NAM GKMG92531844, a un rendez-vous",
            "ramq=EBRG03560694",
        ])
        .not_in(&[
            "NAM FWSK80390166",
            "BWRH88060331",
            "commande CULM03040749",
            "trace_id=PSGV50122894",
            "RAMQ? see ticket HRPD96050257",
            "NAM UGYC035510766UGYXQ7ZZ9193",
        ]),
        shapes: "AAAA99999999",
        check: valid::ca_ramq,
        words: &[
            "ramq",
            "nam",
            "numéro d'assurance maladie",
            "assurance maladie",
            "carte soleil",
            "carte ramq",
        ],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "medical/nz_nhi",
            "New Zealand health index",
            Category::Medical,
            Standing::Checked,
        )
        .from("NZ", "tewhatuora.govt.nz; weights mod 11 or 23")
        .found_in(&[
            "NHI JEN8075",
            "{\"nhi\": \"KZU2371\"}",
            "name,nhi\nAda Weir,LRP6024",
            "patient in Otago, NHI FUE8783, bloods",
            "NHI number\nRAY9235",
        ])
        .not_in(&[
            "NHI VZC2088",
            "ZMH8104",
            "order AUS6737",
            "sku: ABA6872",
            "NHI number missing, tracking number DWQ1645",
            "NHI FKW38699FKWXQ7ZZ9193",
        ]),
        shapes: "AAA9999 AAA99AA",
        check: valid::nz_nhi,
        words: &["nhi", "nhi number", "nhi no", "national health index"],
        checked: true,
        alone: None,
    },
    Code {
        info: Info::new(
            "medical/mrn",
            "Medical record number",
            Category::Medical,
            Standing::Contextual,
        )
        .from("any", "none: needs a word")
        .found_in(&[
            "MRN MRN7311045",
            "{\"patient_id\": \"MRN2685837\"}",
            "name,patient_id\nAda Weir,MRN9476112",
            "chart of the patient, MRN MRN4026625, please summarise",
            "<patient_id>MRN4946804</patient_id>",
        ])
        .not_in(&[
            "MRN is missing",
            "MRN4359786",
            "order MRN2196817",
            "commit MRN8173350",
            "Patient ID? see ticket MRN9658474",
            "MRN MRN37506300MRNXQ7ZZ9193",
        ]),
        shapes: "XXXXXX XXXXXXX XXXXXXXX XXXXXXXXX XXXXXXXXXX XXXXXXXXXXX XXXXXXXXXXXX XXXXXXXXXXXXX XXXXXXXXXXXXXX",
        check: valid::document,
        words: words::RECORD,
        checked: false,
        alone: None,
    },
];
