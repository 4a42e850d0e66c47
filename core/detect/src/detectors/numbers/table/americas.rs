//! The Americas.

use crate::detectors::numbers::{Alone, Kind, valid};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

pub(super) static KINDS: &[Kind] = &[
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
            "{\"ssn\": \"370325547\"}",
            "name,ssn\nAda Weir,146445063",
            "her social is 400-04-9529, please update payroll",
            "ssn=304229802",
        ])
        .not_in(&[
            "SSN 000-12-3456",
            "SSN 666-12-3456",
            "part 162-43-1837",
            "Part no. 162-43-1837 is out of stock, use 162-43-1838 instead",
            "Bestellnr. 162-43-1837, Menge 4",
            "SSN 078-05-1120",
            "Replace bearing 311-42-7781 and seal 208-15-4420.",
            "162431837",
            "version 162-43-1837",
            "tel. 501-732-739",
            "501-732-739",
            "SSN 219-09-9999",
            "order 393-43-7708",
            "rows: 474850195",
            "Social Security Number? see ticket 653269969",
            "SSN 39253763739257193",
        ]),
        layouts: &[&[3, 2, 4], &[9], &[3, 3, 3]],
        check: valid::us_ssn,
        words: &[
            "ssn",
            "social security",
            "social security number",
            "soc sec",
            "soc. sec",
            "soc. sec. no",
            "soc sec no",
            "socsec",
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
        .found_in(&[
            "ITIN 912-74-5931",
            "taxpayer id: 955881234",
            "{\"itin\": \"963700337\"}",
            "name,itin\nAda Weir,966808856",
            "he files with ITIN 965-91-2395 every year",
            "taxpayer id\n934803158",
        ])
        .not_in(&[
            "ITIN 912-10-5931",
            "955881234",
            "part 912-74-5931",
            "order 963-74-1957",
            "trace_id=994888583",
            "taxpayer id missing, tracking number 981889332",
            "ITIN 95170384895177193",
        ]),
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
        .found_in(&[
            "EIN 46-1839203",
            "employer identification number: 461839203",
            "{\"ein\": \"827300324\"}",
            "name,ein\nAda Weir,353921922",
            "the employer id is EIN 47-6596620, for the W-2",
            "<ein>466239707</ein>",
            "PAYER'S TIN 46-1839203",
            "the employer's TIN 46-1839203 is on the form",
        ])
        .not_in(&[
            "EIN 07-1839203",
            "46-1839203",
            "order 46-1839203",
            "order 46-2960763",
            "offset 0.825787939 of the run",
            "no FEIN in order 358877486",
            "payer's TIN? see ticket 46-1839203",
            "EIN 46609257646607193",
        ]),
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
            "payer's tin",
            "payer’s tin",
            "payer tin",
            "payer's federal identification",
            "employer's tin",
            "employer’s tin",
            "employer tin",
            "filer's tin",
            "filer’s tin",
            "filer tin",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ca_sin",
            "Canadian social insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CA", "canada.ca")
        .found_in(&[
            "SIN 539-008-474",
            "NAS de l'employé : 539 008 474",
            "social insurance number: 539008474",
            "is 539008474 the right social insurance number?",
            "{\"sin\": \"122750912\"}",
            "name,sin\nAda Weir,437957178",
            "mon NAS (numéro d'assurance sociale) est 753-700-384",
            "sin=737086553",
        ])
        .not_in(&[
            "SIN 539-008-475",
            "539008474",
            "using 539008474",
            "commande 741 498 448",
            "trace_id=217337542",
            "no NAS in order 336239488",
            "SIN 26786263926787193",
        ]),
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
            "governmental/br_cpf",
            "Brazilian CPF",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BR", "Receita Federal")
        .found_in(&[
            "CPF 37343822381",
            "cliente 373.438.223-81",
            "{\"cpf\": \"57692347921\"}",
            "name,cpf\nAda Weir,34984218754",
            "o titular do CPF 747.245.117-70 pediu",
            "<cpf>96791509333</cpf>",
        ])
        .not_in(&[
            "CPF 37343822382",
            "37343822381",
            "pedido 37343822381",
            "pedido 214.433.686-52",
            "rows: 73970731909",
            "CPF nº? see ticket 49399960773",
            "CPF 1486712886414867193",
        ]),
        layouts: &[&[11], &[3, 3, 3, 2]],
        check: valid::br_cpf,
        words: &[
            "cpf",
            "cadastro de pessoa",
            "cadastro de pessoas",
            "contribuinte",
            "cpf nº",
        ],
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
        .found_in(&[
            "CNPJ 56228295000102",
            "empresa 56.228.295/0001-02",
            "{\"cnpj\": \"43298679000150\"}",
            "name,cnpj\nAda Weir,25062665000150",
            "a empresa de CNPJ 52.963.998/0001-23 pagou",
            "INSERT INTO people (id, cnpj) VALUES (7, '58031791000105');",
        ])
        .not_in(&[
            "CNPJ 56228295000103",
            "56228295000102",
            "pedido 56228295000102",
            "pedido 52.234.181/0001-14",
            "trace_id=67818738000131",
            "CNPJ nº missing, tracking number 47790290000188",
            "CNPJ 8177938300014081777193",
        ]),
        layouts: &[&[14], &[2, 3, 3, 4, 2]],
        check: valid::br_cnpj,
        words: &["cnpj", "cadastro nacional", "pessoa jurídica"],
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
        .found_in(&[
            "RUT 13.166.202-5",
            "rut: 13166202-5",
            "{\"rut\": \"13166202-5\"}",
            "name,rut\nAda Weir,13.166.202-5",
            "R.U.T. 16.189.057-K",
            "mi RUN es 16189057-K, gracias",
        ])
        .not_in(&[
            "RUT 13166202-6",
            "13166202-5",
            "pedido 13166202-5",
            "RUT 16.189.058-K",
            "RUT? see ticket 13166202-5",
        ]),
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
        .found_in(&[
            "CUIT 20-63328720-2",
            "cuil: 20633287202",
            "{\"cuit\": \"30171499158\"}",
            "name,cuit\nAda Weir,27310744749",
            "mi CUIL es 27-49949704-6, gracias",
            "CUIL\n27549985071",
        ])
        .not_in(&[
            "CUIT 20633287203",
            "20633287202",
            "pedido 20-63328720-2",
            "pedido 27-15634298-5",
            "offset 0.27660951232 of the run",
            "no CUIL in order 27829888780",
            "CUIT 2723487644427237193",
        ]),
        layouts: &[&[2, 8, 1], &[11]],
        check: valid::ar_cuit,
        words: &["cuit", "cuil", "clave única", "cuit nº"],
        checked: true,
        alone: Alone::Dashed(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/mx_nss",
            "Mexican social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("MX", "imss.gob.mx; Luhn")
        .found_in(&[
            "NSS 09 56 80 6121 3",
            "{\"nss\": \"49366954722\"}",
            "name,nss\nAda Weir,49302317844",
            "Mi número de seguro social (IMSS) es 72817094146, gracias",
            "nss=30794222445",
        ])
        .not_in(&[
            "NSS 29 66 81 0851 7",
            "18021423399",
            "pedido 62 15 69 6554 3",
            "commit 58720461480a9f58720",
            "no IMSS in order 79137024265",
            "NSS 9041971496090417193",
        ]),
        layouts: &[&[11], &[2, 2, 2, 4, 1]],
        check: valid::mx_nss,
        words: &[
            "nss",
            "imss",
            "seguro social",
            "número de seguridad social",
            "numero de seguro social",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/br_pis",
            "Brazilian PIS or NIT",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BR", "caixa.gov.br; weights mod 11")
        .found_in(&[
            "PIS 177.61441.54-3",
            "{\"pis\": \"11590754241\"}",
            "name,pis\nAda Weir,19212369173",
            "O funcionário, PIS 112.98706.65-8, foi admitido",
            "PIS/PASEP\n10041603882",
        ])
        .not_in(&[
            "PIS 169.26587.26-6",
            "16712397759",
            "pedido 157.79298.43-6",
            "rows: 11939775196",
            "PIS/PASEP? see ticket 19122652275",
            "PIS 1379542790713797193",
        ]),
        layouts: &[&[11], &[3, 5, 2, 1]],
        check: valid::br_pis,
        words: &["pis", "pasep", "nit", "pis/pasep", "nis", "pis pasep"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/br_titulo",
            "Brazilian voter title",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BR", "tse.jus.br; two check digits")
        .found_in(&[
            "Título de eleitor 5950 2395 1090",
            "{\"titulo_eleitor\": \"635084941759\"}",
            "name,titulo_eleitor\nAda Weir,294482550256",
            "Meu título de eleitor é 7283 1095 1139, zona 12",
            "<titulo_eleitor>001396860728</titulo_eleitor>",
        ])
        .not_in(&[
            "Título de eleitor 5611 7104 0818",
            "001386622305",
            "pedido 8810 4078 2194",
            "trace_id=829664352615",
            "titulo eleitor missing, tracking number 405592631597",
            "Título de eleitor 97208764168697207193",
        ]),
        layouts: &[&[12], &[4, 4, 4]],
        check: valid::br_titulo,
        words: &[
            "título de eleitor",
            "titulo de eleitor",
            "título eleitoral",
            "titulo eleitor",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ar_dni",
            "Argentine identity document",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("AR", "argentina.gob.ar/renaper; no check digit")
        .found_in(&[
            "DNI 23.244.986",
            "{\"dni\": \"26.680.171\"}",
            "name,dni\nAda Weir,36.870.093",
            "Soy Martín, DNI 36.678.163, de Rosario",
            "INSERT INTO people (id, dni) VALUES (7, '39.082.775');",
        ])
        .not_in(&[
            "DNI 11111111",
            "build 7.3100.7231",
            "pedido 26.854.904",
            "offset 0.34052965 of the run",
            "no Documento in order 21.814.959",
            "DNI 3265906532657193",
        ]),
        layouts: &[&[2, 3, 3], &[1, 3, 3]],
        check: valid::dni,
        words: &[
            "dni",
            "documento",
            "documento nacional",
            "documento de identidad",
            "d.n.i.",
            "dni nº",
            "dni n°",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pe_dni",
            "Peruvian identity document",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("PE", "reniec.gob.pe; no check digit in the number")
        .found_in(&[
            "DNI 21586481",
            "{\"dni\": \"43164263\"}",
            "name,dni\nAda Weir,41785381",
            "El señor identificado con DNI 18911965 vive en Lima",
            "| name | dni |\n|---|---|\n| Ada | 38954079 |",
        ])
        .not_in(&[
            "DNI 11111111",
            "30913665",
            "pedido 28460335",
            "commit 47383236a9f47383",
            "DNI Nº? see ticket 35838664",
            "DNI 2548139125487193",
        ]),
        layouts: &[&[8]],
        check: valid::dni,
        words: &[
            "dni",
            "documento nacional de identidad",
            "dni nº",
            "dni n°",
            "dni no",
            "dni número",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pe_ruc",
            "Peruvian taxpayer number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PE", "sunat.gob.pe; weights mod 11")
        .found_in(&[
            "RUC 20927099340",
            "{\"ruc\": \"20343755504\"}",
            "name,ruc\nAda Weir,20377459661",
            "La empresa con RUC 20529114274 ganó la licitación",
            "ruc=20161786072",
        ])
        .not_in(&[
            "RUC 20733424437",
            "20405193052",
            "pedido 20868168294",
            "rows: 20436060956",
            "RUC Nº missing, tracking number 20028891831",
            "RUC 2093957476120937193",
        ]),
        layouts: &[&[11]],
        check: valid::pe_ruc,
        words: &["ruc", "ruc nº", "registro único de contribuyentes", "registro unico"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/co_nit",
            "Colombian NIT",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CO", "dian.gov.co; primes mod 11")
        .found_in(&[
            "NIT 816.812.001-2",
            "{\"nit\": \"8442022052\"}",
            "name,nit\nAda Weir,8325098967",
            "Facturar a la empresa, NIT 884305540-3, Medellín",
            "NIT:\n9447635522",
        ])
        .not_in(&[
            "NIT 885.817.038-9",
            "8506493241",
            "pedido 954.434.174-7",
            "trace_id=9520614309",
            "no NIT: in order 9576149785",
            "NIT 928804842292887193",
        ]),
        layouts: &[&[3, 3, 3, 1], &[9, 1], &[10]],
        check: valid::co_nit,
        words: &[
            "nit",
            "nit nº",
            "número de identificación tributaria",
            "identificación tributaria",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/co_cedula",
            "Colombian citizenship card",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("CO", "registraduria.gov.co; no check digit")
        .found_in(&[
            "Cédula de ciudadanía 1.854.512.232",
            "{\"cedula_ciudadania\": \"1191205331\"}",
            "name,cedula_ciudadania\nAda Weir,1620424441",
            "El paciente con cédula de ciudadanía 1.300.690.880 llegó",
            "<cedula_ciudadania>1624321133</cedula_ciudadania>",
        ])
        .not_in(&[
            "Cédula de ciudadanía 1111111111",
            "1865008433",
            "pedido 1.547.829.616",
            "offset 0.1339215744 of the run",
            "C.C.? see ticket 1035206372",
            "Cédula de ciudadanía 112460252911247193",
        ]),
        layouts: &[&[1, 3, 3, 3], &[2, 3, 3], &[10], &[8]],
        check: valid::plain,
        words: &[
            "cédula de ciudadanía",
            "cedula de ciudadania",
            "cédula",
            "cedula",
            "cc",
            "cc no",
            "cedula ciudadania",
            "ciudadanía",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ec_cedula",
            "Ecuadorian identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("EC", "registrocivil.gob.ec; Luhn")
        .found_in(&[
            "Cédula de identidad 173848110-8",
            "{\"cedula\": \"1743912907\"}",
            "name,cedula\nAda Weir,1758189177",
            "Mi cédula es 1722652326, de Quito",
            "INSERT INTO people (id, cedula) VALUES (7, '1736874379');",
        ])
        .not_in(&[
            "Cédula de identidad 175105287-8",
            "1744940782",
            "pedido 174569012-1",
            "commit 1703264505a9f17032",
            "C.I. missing, tracking number 1753929163",
            "Cédula de identidad 174778079717477193",
        ]),
        layouts: &[&[10], &[9, 1]],
        check: valid::ec_cedula,
        words: &[
            "cédula",
            "cedula",
            "cédula de identidad",
            "cedula de identidad",
            "ci",
            "ecuadorian",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/uy_ci",
            "Uruguayan identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("UY", "gub.uy; weights mod 10")
        .found_in(&[
            "Cédula de identidad 4.125.205-0",
            "{\"cedula_identidad\": \"46947169\"}",
            "name,cedula_identidad\nAda Weir,43952272",
            "Tengo cédula 3.983.316-3, de Montevideo",
            "| name | cedula_identidad |\n|---|---|\n| Ada | 13823378 |",
        ])
        .not_in(&[
            "Cédula de identidad 4.986.408-0",
            "41320215",
            "pedido 5.372.438-8",
            "rows: 48521345",
            "no C.I. in order 20269684",
            "Cédula de identidad 3347795733477193",
        ]),
        layouts: &[&[8], &[1, 3, 3, 1], &[7, 1]],
        check: valid::uy_ci,
        words: &[
            "cédula",
            "cedula",
            "cédula de identidad",
            "cedula de identidad",
            "ci",
            "uruguayan",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/gt_dpi",
            "Guatemalan CUI",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GT", "renap.gob.gt; weights mod 11")
        .found_in(&[
            "DPI 9745 24549 0806",
            "{\"dpi\": \"1941467741202\"}",
            "name,dpi\nAda Weir,7187476581405",
            "La señora con DPI 6119 50278 1401 firmó",
            "dpi=2468256932008",
        ])
        .not_in(&[
            "DPI 9511 61181 1403",
            "6723816051405",
            "pedido 6424 34417 1502",
            "trace_id=8886598060704",
            "CUI? see ticket 6367201010701",
            "DPI 263398951010826337193",
        ]),
        layouts: &[&[13], &[4, 5, 4]],
        check: valid::gt_dpi,
        words: &[
            "dpi",
            "cui",
            "código único de identificación",
            "codigo unico de identificacion",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/do_cedula",
            "Dominican identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("DO", "jce.gob.do; Luhn")
        .found_in(&[
            "Cédula 001-4319303-5",
            "{\"cedula\": \"00119544807\"}",
            "name,cedula\nAda Weir,00157233511",
            "Mi cédula es 001-5971121-7, de Santiago",
            "Cédula de identidad\n00155530207",
        ])
        .not_in(&[
            "Cédula 001-9245172-3",
            "00145594313",
            "pedido 001-8683052-7",
            "offset 0.00198697195 of the run",
            "Cédula de identidad missing, tracking number 00135316495",
            "Cédula 0011246897000117193",
        ]),
        layouts: &[&[11], &[3, 7, 1]],
        check: valid::do_cedula,
        words: &[
            "cédula",
            "cedula",
            "cédula de identidad",
            "cédula dominicana",
            "cedula dominicana",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/cr_cedula",
            "Costa Rican identity card",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("CR", "tse.go.cr; no check digit")
        .found_in(&[
            "Cédula 1-9392-8139",
            "{\"cedula\": \"1-3375-0140\"}",
            "name,cedula\nAda Weir,6-6239-7370",
            "Mi cédula es 3-2855-5670, de San José",
            "<cedula>6-9019-7989</cedula>",
        ])
        .not_in(&[
            "Cédula 111111111",
            "build 7.4647.51140",
            "pedido 6-5274-2331",
            "commit 453856343a9f45385",
            "no Cédula de identidad in order 5-7740-9521",
            "Cédula 11384728111387193",
        ]),
        layouts: &[&[1, 4, 4]],
        check: valid::cr_cedula,
        words: &["cédula", "cedula", "cédula de identidad", "cédula física"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/sv_dui",
            "Salvadoran identity document",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SV", "rnpn.gob.sv; weights mod 10")
        .found_in(&[
            "DUI 01272320-8",
            "{\"dui\": \"038891207\"}",
            "name,dui\nAda Weir,019507475",
            "Mi DUI es 09441008-5, de Santa Ana",
            "INSERT INTO people (id, dui) VALUES (7, '075707790');",
        ])
        .not_in(&[
            "DUI 08523617-4",
            "028606529",
            "pedido 00232979-3",
            "rows: 014814437",
            "DUI No.? see ticket 026047486",
            "DUI 01865797601867193",
        ]),
        layouts: &[&[9], &[8, 1]],
        check: valid::sv_dui,
        words: &["dui", "documento único de identidad", "documento unico de identidad"],
        checked: true,
        alone: Alone::Never,
    },
];
