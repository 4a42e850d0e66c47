//! The table of numbers: layout, check and words of each type.

use super::valid;
use super::{Alone, Kind};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

/// All numbers. Types whose check is stronger come first.
pub(in crate::detectors) static NUMBERS: &[Kind] = &[
    Kind {
        info: Info::new(
            "financial/credit_card",
            "Payment card number",
            Category::Financial,
            Standing::Checked,
        )
        .from("any", "ISO/IEC 7812")
        .found_in(&[
            "card 4539526018159083 exp 04/29",
            "pay with 5412 8493 4072 2470 please",
            "amex 3782-008374-07188",
            "{\"pan\":\"5412849340722470\"}",
        ])
        .not_in(&[
            "test card 4111111111111111",
            "card 4539526018159084",
            "order 4539526018159083",
            "id 124539526018159083",
            "4242 4242 4242 4242",
            "trace 45395260181590839923",
            "uid: 5412849340722470",
        ]),
        layouts: &[
            &[13],
            &[14],
            &[15],
            &[16],
            &[18],
            &[19],
            &[4, 4, 4, 4],
            &[4, 6, 5],
            &[4, 6, 4],
            &[4, 4, 4, 4, 3],
            &[6, 13],
            &[4, 4, 4, 1],
            &[6, 6, 4],
        ],
        check: valid::credit_card,
        words: &[
            "card",
            "credit",
            "debit",
            "cc",
            "pan",
            "visa",
            "mastercard",
            "amex",
            "american express",
            "cards",
            "kreditkarte",
            "kartennummer",
            "karte",
            "carte",
            "carte bancaire",
            "tarjeta",
            "carta",
            "cartão",
            "cartao",
            "kort",
            "kaart",
            "karta",
            "карта",
            "карты",
            "カード",
            "卡号",
            "信用卡",
            "카드",
            "payment",
            "ccn",
            "cardnumber",
            "maestro",
            "discover",
            "jcb",
            "diners",
        ],
        checked: true,
        alone: Alone::Sure(Confidence::High),
    },
    Kind {
        info: Info::new(
            "financial/us_routing",
            "US bank routing number",
            Category::Financial,
            Standing::Checked,
        )
        .from("US", "ABA routing transit number")
        .found_in(&["routing number 021087617", "\"routing_number\": \"021087617\""])
        .not_in(&[
            "routing number 021087618",
            "021087617",
            "order 021087617",
            "routing table entry 100200300",
        ]),
        layouts: &[&[9], &[4, 5]],
        check: valid::us_routing,
        words: &["routing", "aba", "rtn", "transit", "routing no", "routing number"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "financial/bank_account",
            "Bank account number",
            Category::Financial,
            Standing::Contextual,
        )
        .from("any", "none: needs a word")
        .found_in(&[
            "account number 9833629382",
            "acct no: 00482913",
            "\"account_number\": \"4829137703\"",
        ])
        .not_in(&[
            "account manager since 2019",
            "account 4711",
            "order 9833629382",
            "9833629382",
        ]),
        layouts: &[
            &[6],
            &[7],
            &[8],
            &[9],
            &[10],
            &[11],
            &[12],
            &[13],
            &[14],
            &[15],
            &[16],
            &[17],
            &[2, 2, 2, 2],
            &[4, 4],
            &[4, 4, 4],
            &[3, 3, 3],
            &[4, 3, 3],
        ],
        check: valid::any,
        words: &[
            "account number",
            "account no",
            "account nr",
            "acct",
            "account",
            "acct no",
            "bank account",
            "kontonummer",
            "konto",
            "numéro de compte",
            "compte",
            "número de cuenta",
            "cuenta",
            "numero di conto",
            "rekeningnummer",
            "conta",
            "conta corrente",
            "numer konta",
            "номер счета",
            "счет",
            "口座番号",
            "账号",
            "계좌",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/us_ssn",
            "US social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("US", "ssa.gov, randomised since 2011")
        .found_in(&[
            "SSN: 162-43-1837",
            "social security number 162431837",
            "name,ssn\nAda,301-44-2290",
            "she is 162-43-1837",
        ])
        .not_in(&[
            "SSN 000-12-3456",
            "SSN 666-12-3456",
            "part 162-43-1837",
            "SSN 078-05-1120",
            "162431837",
            "version 162-43-1837",
            "SSN 219-09-9999",
        ]),
        layouts: &[&[3, 2, 4], &[9], &[3, 3, 3]],
        check: valid::us_ssn,
        words: &[
            "ssn",
            "social security",
            "social security number",
            "soc sec",
            "ss#",
            "ss number",
            "social",
            "seguro social",
            "tin",
            "taxpayer",
            "ss",
        ],
        checked: true,
        alone: Alone::Dashed(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/us_itin",
            "US individual taxpayer number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("US", "irs.gov")
        .found_in(&["ITIN 912-74-5931", "taxpayer id: 955881234"])
        .not_in(&["ITIN 912-10-5931", "955881234", "part 912-74-5931"]),
        layouts: &[&[3, 2, 4], &[9]],
        check: valid::us_itin,
        words: &["itin", "tin", "taxpayer", "tax id", "individual taxpayer", "ssn", "tax"],
        checked: true,
        alone: Alone::Dashed(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/us_ein",
            "US employer identification number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("US", "irs.gov, campus prefixes")
        .found_in(&["EIN 46-1839203", "employer identification number: 461839203"])
        .not_in(&["EIN 07-1839203", "46-1839203", "order 46-1839203"]),
        layouts: &[&[2, 7], &[9]],
        check: valid::us_ein,
        words: &[
            "ein",
            "employer identification",
            "fein",
            "employer id",
            "tax id",
            "federal tax",
            "federal tax id",
            "fein number",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new("medical/uk_nhs", "NHS number", Category::Medical, Standing::Checked)
            .from("GB", "datadictionary.nhs.uk")
            .found_in(&["NHS number 423 748 4777", "nhs_no=4237484777"])
            .not_in(&[
                "NHS number 4237484778",
                "4237484777",
                "order 4237484777",
                "call 423 748 4777",
            ]),
        layouts: &[&[10], &[3, 3, 4]],
        check: valid::uk_nhs,
        words: &["nhs", "nhs number", "nhs no", "patient", "national health"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/in_aadhaar",
            "Aadhaar number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IN", "uidai.gov.in; Verhoeff")
        .found_in(&["Aadhaar 8797 0168 7731", "\"aadhaar\":\"879701687731\""])
        .not_in(&["Aadhaar 879701687732", "879701687731", "invoice 8797 0168 7731"]),
        layouts: &[&[12], &[4, 4, 4]],
        check: valid::in_aadhaar,
        words: &[
            "aadhaar",
            "aadhar",
            "adhaar",
            "uidai",
            "uid number",
            "आधार",
            "aadhaar no",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/ca_sin",
            "Canadian social insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CA", "canada.ca")
        .found_in(&["SIN 539-008-474", "social insurance number: 539008474"])
        .not_in(&["SIN 539-008-475", "539008474", "using 539008474"]),
        layouts: &[&[9], &[3, 3, 3]],
        check: valid::ca_sin,
        words: &[
            "sin",
            "social insurance",
            "nas",
            "assurance sociale",
            "sin number",
            "social insurance number",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/au_tfn",
            "Australian tax file number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AU", "ato.gov.au")
        .found_in(&["TFN 553 705 656", "tax_file_number: 553705656"])
        .not_in(&["TFN 553 705 657", "553705656", "ticket 553705656"]),
        layouts: &[&[9], &[3, 3, 3], &[8], &[3, 3, 2], &[2, 3, 3]],
        check: valid::au_tfn,
        words: &["tfn", "tax file", "tax file number"],
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
        .found_in(&["Medicare number 3760 92603 0", "medicare: 3760926030"])
        .not_in(&["Medicare number 3760 92604 0", "3760926030", "order 3760926030"]),
        layouts: &[&[10], &[11], &[4, 5, 1], &[4, 5, 1, 1]],
        check: valid::au_medicare,
        words: &["medicare", "medicare number", "medicare card", "medicare no", "irn"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/de_steuer_id",
            "German tax id",
            Category::Governmental,
            Standing::Checked,
        )
        .from("DE", "§ 139b AO; ISO/IEC 7064 mod 11,10")
        .found_in(&["Steuer-ID 13 570 869 260", "IdNr: 13570869260"])
        .not_in(&["Steuer-ID 13570869261", "13570869260", "Bestellung 13570869260"]),
        layouts: &[&[11], &[2, 3, 3, 3]],
        check: valid::de_steuer_id,
        words: &[
            "steuer",
            "steuer id",
            "steuerid",
            "steueridentifikationsnummer",
            "steuernummer",
            "steuerliche identifikationsnummer",
            "idnr",
            "id nr",
            "identifikationsnummer",
            "tin",
            "tax id",
            "tax identification",
            "steuer identifikationsnummer",
            "tax",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/fr_nir",
            "French social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FR", "INSEE, numéro d'inscription au répertoire")
        .found_in(&[
            "NIR 284073553802826",
            "n° de sécurité sociale : 2 84 07 35 538 028 26",
            "saisi 2 84 07 35 538 028 26",
        ])
        .not_in(&["NIR 284073553802827", "commande 284073553802826", "NIR 976011144127643"]),
        layouts: &[&[15], &[13, 2], &[1, 2, 2, 2, 3, 3, 2], &[1, 2, 2, 2, 3, 3], &[13]],
        check: valid::fr_nir,
        words: &[
            "nir",
            "insee",
            "sécurité sociale",
            "securite sociale",
            "sécu",
            "secu",
            "numéro de sécurité",
            "num secu",
            "social security",
            "n° ss",
            "nss",
            "vitale",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/nl_bsn",
            "Dutch citizen service number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("NL", "rvig.nl; eleven test")
        .found_in(&["BSN 786044366", "burgerservicenummer: 7860.44.366"])
        .not_in(&["BSN 786044367", "786044366", "order 786044366"]),
        layouts: &[&[9], &[4, 2, 3], &[3, 3, 3], &[4, 3, 2]],
        check: valid::nl_bsn,
        words: &[
            "bsn",
            "burgerservicenummer",
            "sofinummer",
            "sofi",
            "burger service",
            "bsn nummer",
            "citizen service",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pl_pesel",
            "Polish PESEL",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PL", "gov.pl")
        .found_in(&["PESEL 54071960437", "numer PESEL: 54071960437"])
        .not_in(&["PESEL 54071960438", "54071960437", "PESEL 62991851281"]),
        layouts: &[&[11]],
        check: valid::pl_pesel,
        words: &["pesel", "numer pesel", "nr pesel", "ewidencyjny"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/br_cpf",
            "Brazilian CPF",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BR", "Receita Federal")
        .found_in(&["CPF 37343822381", "cliente 373.438.223-81"])
        .not_in(&["CPF 37343822382", "37343822381", "pedido 37343822381"]),
        layouts: &[&[11], &[3, 3, 3, 2]],
        check: valid::br_cpf,
        words: &["cpf", "cadastro de pessoas", "contribuinte", "cpf nº"],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/br_cnpj",
            "Brazilian CNPJ",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BR", "Receita Federal")
        .found_in(&["CNPJ 56228295000102", "empresa 56.228.295/0001-02"])
        .not_in(&["CNPJ 56228295000103", "56228295000102", "pedido 56228295000102"]),
        layouts: &[&[14], &[2, 3, 3, 4, 2]],
        check: valid::br_cnpj,
        words: &["cnpj", "cadastro nacional", "pessoa jurídica"],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/kr_rrn",
            "Korean resident registration number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("KR", "mois.go.kr")
        .found_in(&["RRN 521218-1901831", "주민등록번호 5212181901831"])
        .not_in(&["RRN 521399-1901831", "5212181901831", "order 521218-1901831"]),
        layouts: &[&[6, 7], &[13]],
        check: valid::kr_rrn,
        words: &[
            "rrn",
            "resident registration",
            "주민등록번호",
            "주민번호",
            "resident registration number",
            "jumin",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/jp_my_number",
            "Japanese individual number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("JP", "digital.go.jp")
        .found_in(&["My Number 955652702651", "マイナンバー: 9556 5270 2651"])
        .not_in(&["My Number 955652702652", "955652702651", "my order number 955652702651"]),
        layouts: &[&[12], &[4, 4, 4]],
        check: valid::jp_my_number,
        words: &[
            "my number",
            "mynumber",
            "individual number",
            "マイナンバー",
            "個人番号",
            "kojin bango",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/cn_ric",
            "Chinese resident identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CN", "GB 11643")
        .found_in(&["身份证号 110105198208054980", "id card 110105198208054980"])
        .not_in(&[
            "身份证号 110105198208054981",
            "order 110105198208054980",
            "110105199913321234",
        ]),
        layouts: &[&[18], &[6, 8, 4]],
        check: valid::cn_ric,
        words: &[
            "ric",
            "resident identity",
            "id card",
            "身份证",
            "身份证号",
            "身份证号码",
            "identity card",
            "chinese id",
            "公民身份号码",
        ],
        checked: true,
        alone: Alone::Sure(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/se_personnummer",
            "Swedish personal identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SE", "skatteverket.se")
        .found_in(&["personnummer 980327-7640", "personnr: 199803277640"])
        .not_in(&["personnummer 9803277641", "9803277640", "order 980327-7640"]),
        layouts: &[&[10], &[12], &[6, 4], &[8, 4]],
        check: valid::se_personnummer,
        words: &[
            "personnummer",
            "personal identity number",
            "personnr",
            "pnr",
            "samordningsnummer",
            "swedish personal",
            "person nummer",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/no_fnr",
            "Norwegian national identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("NO", "skatteetaten.no")
        .found_in(&["fødselsnummer 06046176551", "fnr: 060461 76551"])
        .not_in(&["fødselsnummer 06046176552", "06046176551", "ordre 06046176551"]),
        layouts: &[&[11], &[6, 5]],
        check: valid::no_fnr,
        words: &[
            "fødselsnummer",
            "fodselsnummer",
            "fnr",
            "personnummer",
            "norwegian national",
            "national identity",
            "d nummer",
            "fødselsnr",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/dk_cpr",
            "Danish CPR number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("DK", "cpr.dk; no check digit since 2007")
        .found_in(&["CPR 140871-4562", "cpr-nummer: 1408714562"])
        .not_in(&["CPR 991371-4562", "140871-4562", "order 1408714562"]),
        layouts: &[&[6, 4], &[10]],
        check: valid::dk_cpr,
        words: &["cpr", "cpr nummer", "cpr nr", "personnummer", "cpr number"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/be_nn",
            "Belgian national number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BE", "ibz.rrn.fgov.be")
        .found_in(&["rijksregisternummer 65.08.18-214.85", "NISS: 65081821485"])
        .not_in(&["rijksregisternummer 65081821486", "65081821485", "order 65081821485"]),
        layouts: &[&[11], &[2, 2, 2, 3, 2], &[6, 3, 2]],
        check: valid::be_nn,
        words: &[
            "rijksregisternummer",
            "registre national",
            "national number",
            "numéro national",
            "niss",
            "insz",
            "rrn",
            "rijksregister",
            "nationaal nummer",
            "belgian national",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/pt_nif",
            "Portuguese tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PT", "portaldasfinancas.gov.pt")
        .found_in(&["NIF 214872955", "contribuinte: 214 872 955"])
        .not_in(&["NIF 214872956", "214872955", "encomenda 214872955"]),
        layouts: &[&[9], &[3, 3, 3]],
        check: valid::pt_nif,
        words: &[
            "nif",
            "contribuinte",
            "número de identificação fiscal",
            "identificação fiscal",
            "numero fiscal",
            "número fiscal",
            "nif nº",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/tr_tckn",
            "Turkish identification number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("TR", "nvi.gov.tr")
        .found_in(&["TC Kimlik No 34578364820", "tckn: 34578364820"])
        .not_in(&["TCKN 34578364821", "34578364820", "order 34578364820"]),
        layouts: &[&[11], &[3, 3, 3, 2]],
        check: valid::tr_tckn,
        words: &[
            "tckn",
            "tc kimlik",
            "kimlik",
            "kimlik no",
            "t.c. kimlik",
            "tc kimlik no",
            "kimlik numarası",
            "tc",
            "turkish id",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/za_id",
            "South African identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ZA", "home affairs; Luhn")
        .found_in(&["SA ID number 7604071326088", "identity number: 7604071326088"])
        .not_in(&["SA ID 7604071326089", "7604071326088", "order 7604071326088"]),
        layouts: &[&[13], &[6, 4, 2, 1], &[6, 4, 3]],
        check: valid::za_id,
        words: &[
            "sa id",
            "id number",
            "identity number",
            "south african id",
            "rsa id",
            "za id",
            "id no",
            "identity document",
            "said",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ch_ahv",
            "Swiss AHV number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CH", "zas.admin.ch; EAN-13 check")
        .found_in(&["AHV 756.3575.0905.46", "AHV-Nummer: 7563575090546"])
        .not_in(&["AHV 7563575090547", "ean 7563575090546", "order 7563575090546"]),
        layouts: &[&[13], &[3, 4, 4, 2]],
        check: valid::ch_ahv,
        words: &[
            "ahv",
            "avs",
            "ahv nummer",
            "ahvn13",
            "sozialversicherungsnummer",
            "numéro avs",
            "ahv nr",
            "navs",
            "oasi",
            "ssn",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/cl_rut",
            "Chilean RUT",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CL", "registrocivil.cl")
        .found_in(&["RUT 13.166.202-5", "rut: 13166202-5"])
        .not_in(&["RUT 13166202-6", "13166202-5", "pedido 13166202-5"]),
        layouts: &[&[2, 3, 3, 1], &[8, 1], &[1, 3, 3, 1], &[7, 1]],
        check: valid::cl_rut,
        words: &["rut", "run", "rol único", "rol unico", "cédula"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ar_cuit",
            "Argentine CUIT",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AR", "afip.gob.ar")
        .found_in(&["CUIT 20-63328720-2", "cuil: 20633287202"])
        .not_in(&["CUIT 20633287203", "20633287202", "pedido 20-63328720-2"]),
        layouts: &[&[2, 8, 1], &[11]],
        check: valid::ar_cuit,
        words: &["cuit", "cuil", "clave única", "cuit nº"],
        checked: true,
        alone: Alone::Grouped(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "medical/us_npi",
            "US national provider identifier",
            Category::Medical,
            Standing::Checked,
        )
        .from("US", "cms.gov; Luhn with 80840")
        .found_in(&["NPI 1364420756", "\"npi\": \"1364420756\""])
        .not_in(&["NPI 1364420757", "1364420756", "order 1364420756"]),
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
            "personal/imei",
            "Mobile device identity",
            Category::Personal,
            Standing::Checked,
        )
        .from("any", "3GPP TS 23.003; Luhn")
        .found_in(&["IMEI 353952588360623", "imei: 35-395258-836062-3"])
        .not_in(&["IMEI 353952588360624", "353952588360623", "order 353952588360623"]),
        layouts: &[&[15], &[2, 6, 6, 1], &[8, 6, 1], &[6, 2, 6, 1]],
        check: valid::imei,
        words: &["imei", "imei1", "imei2", "imei number", "equipment identity"],
        checked: true,
        alone: Alone::Never,
    },
];
