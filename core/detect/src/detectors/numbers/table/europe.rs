//! Europe.

use crate::detectors::numbers::{Alone, Kind, valid};
use crate::detectors::words;
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

pub(super) static KINDS: &[Kind] = &[
    Kind {
        info: Info::new(
            "governmental/fi_hetu",
            "Finnish personal identity code of digits",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FI", "dvv.fi"),
        layouts: &[&[6, 4]],
        check: valid::fi_hetu,
        words: &[
            "hetu",
            "henkilötunnus",
            "henkilötunnukseni",
            "henkilotunnus",
            "personbeteckning",
            "personal identity code",
            "sotu",
        ],
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
        .found_in(&[
            "Steuer-ID 13 570 869 260",
            "IdNr: 13570869260",
            "{\"steuer_id\": \"87941263352\"}",
            "name,steuer_id\nAda Weir,92418046742",
            "Meine Steueridentifikationsnummer ist 94 271 260 826, danke",
            "INSERT INTO people (id, steuer_id) VALUES (7, '25174460832');",
        ])
        .not_in(&[
            "Steuer-ID 13570869261",
            "13570869260",
            "Bestellung 13570869260",
            "Bestellung 24 016 377 870",
            "rows: 88056321796",
            "no IdNr. in order 43969907156",
            "Steuer-ID 6033352471360337193",
        ]),
        layouts: &[&[11], &[2, 3, 3, 3]],
        check: valid::de_steuer_id,
        words: &[
            "steuer",
            "tin",
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
        alone: Alone::Never,
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
            "{\"numero_secu\": \"196127584431678\"}",
            "name,numero_secu\nAda Weir,199028965431154",
            "ma carte vitale porte le 1 81 05 11 725 790 93, merci",
            "| name | numero_secu |\n|---|---|\n| Ada | 276056501653087 |",
        ])
        .not_in(&[
            "NIR 284073553802827",
            "commande 284073553802826",
            "NIR 976011144127643",
            "commande 2 54 01 73 004 120 06",
            "trace_id=163095416557515",
            "numéro de sécurité sociale? see ticket 182038043375854",
            "NIR 28903219440897628907193",
        ]),
        layouts: &[&[15], &[13, 2], &[1, 2, 2, 2, 3, 3, 2], &[1, 2, 2, 2, 3, 3], &[13]],
        check: valid::fr_nir,
        words: words::NIR,
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
        .found_in(&[
            "BSN 786044366",
            "burgerservicenummer: 7860.44.366",
            "{\"bsn\": \"435817760\"}",
            "name,bsn\nAda Weir,298874167",
            "mijn BSN is 7653.56.107, alvast bedankt",
            "bsn=624534893",
        ])
        .not_in(&[
            "BSN 786044367",
            "786044366",
            "order 786044366",
            "order 540955048",
            "offset 0.554617134 of the run",
            "burgerservicenummer missing, tracking number 360901621",
            "BSN 31619123131617193",
        ]),
        layouts: &[&[9], &[4, 2, 3], &[3, 3, 3], &[4, 3, 2]],
        check: valid::nl_bsn,
        words: &[
            "bsn",
            "burgerservicenummer",
            "burgerservicenr",
            "burgerservice nr",
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
        .found_in(&[
            "PESEL 54071960437",
            "numer PESEL: 54071960437",
            "{\"pesel\": \"85111264884\"}",
            "name,pesel\nAda Weir,66030351877",
            "mój PESEL to 60120674631, dziękuję",
            "nr PESEL\n80121442022",
        ])
        .not_in(&[
            "PESEL 54071960438",
            "54071960437",
            "PESEL 62991851281",
            "zamówienie 80030139215",
            "commit 98042557211a9f98042",
            "no nr PESEL in order 77050145124",
            "PESEL 0204136124302047193",
        ]),
        layouts: &[&[11]],
        check: valid::pl_pesel,
        words: &["pesel", "numer pesel", "nr pesel", "ewidencyjny"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/se_personnummer",
            "Swedish personal identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SE", "skatteverket.se")
        .found_in(&[
            "personnummer 980327-7640",
            "personnr: 199803277640",
            "{\"personnummer\": \"0110139300\"}",
            "name,personnummer\nAda Weir,5211154959",
            "mitt personnummer är 590423-4068, tack",
            "<personnummer>6303182239</personnummer>",
            "Ansökan: Ada Weir (19980327-7640), medsökande Bo Weir",
            "Patient 980327-7640 Ada Weir söker för bröstsmärta",
        ])
        .not_in(&[
            "personnummer 9803277641",
            "9803277640",
            "order 980327-7640",
            "ordernummer 730813-1643",
            "the Build (980327-7641) of Monday",
            "snapshot (980327-7640)",
            "Patient 980327-7641 söker",
            "Trosa 980327-7640",
            "trace_id=6010067715",
            "no personnr in order 9008169238",
            "personnummer 821102814082117193",
        ]),
        layouts: &[&[10], &[12], &[6, 4], &[8, 4]],
        check: valid::se_personnummer,
        words: &[
            "personnummer",
            "personal identity number",
            "personnr",
            "pers.nr",
            "pers nr",
            "persnr",
            "personnumret",
            "person nr",
            "pnr",
            "samordningsnummer",
            "swedish personal",
            "person nummer",
        ],
        checked: true,
        alone: Alone::OfPerson(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/no_fnr",
            "Norwegian national identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("NO", "skatteetaten.no")
        .found_in(&[
            "fødselsnummer 06046176551",
            "fnr: 060461 76551",
            "{\"fodselsnummer\": \"11017021240\"}",
            "name,fodselsnummer\nAda Weir,23117195996",
            "fødselsnummeret: mitt fødselsnummer er 101197 52014",
            "INSERT INTO people (id, fodselsnummer) VALUES (7, '06097021609');",
            "personnummeret mitt er 06046176551, takk",
        ])
        .not_in(&[
            "fødselsnummer 06046176552",
            "06046176551",
            "ordre 06046176551",
            "ordre 180495 01966",
            "offset 0.14100099463 of the run",
            "fnr? see ticket 12059861547",
            "personnummeret mitt er 06046176552",
            "fødselsnummer 0909993947509097193",
        ]),
        layouts: &[&[11], &[6, 5]],
        check: valid::no_fnr,
        words: &[
            "fødselsnummer",
            "fødselsnummeret",
            "fodselsnummer",
            "fnr",
            "personnummer",
            "personnummeret",
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
        .found_in(&[
            "CPR 140871-4562",
            "cpr-nummer: 1408714562",
            "{\"cpr\": \"1603594197\"}",
            "name,cpr\nAda Weir,1605551550",
            "mit CPR-nummer er 060862-6687, tak",
            "| name | cpr |\n|---|---|\n| Ada | 1603874994 |",
        ])
        .not_in(&[
            "CPR 991371-4562",
            "140871-4562",
            "order 1408714562",
            "ordre 221195-3895",
            "commit 1308672835a9f13086",
            "CPR missing, tracking number 0508940008",
            "CPR-nummer 081277723108127193",
        ]),
        layouts: &[&[6, 4], &[10]],
        check: valid::dk_cpr,
        words: &[
            "cpr",
            "cprnr",
            "cpr nummer",
            "cprnummer",
            "cpr nr",
            "personnummer",
            "cpr number",
        ],
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
        .found_in(&[
            "rijksregisternummer 65.08.18-214.85",
            "NISS: 65081821485",
            "{\"rijksregisternummer\": \"99011209678\"}",
            "name,rijksregisternummer\nAda Weir,80122673555",
            "mijn rijksregisternummer is 80.08.27-555.80, dank u",
            "rijksregisternummer=94101712254",
        ])
        .not_in(&[
            "rijksregisternummer 65081821486",
            "65081821485",
            "order 65081821485",
            "order 85.05.24-876.30",
            "rows: 83021073642",
            "no NISS in order 78072789084",
            "rijksregisternummer 6105196549261057193",
        ]),
        layouts: &[&[11], &[2, 2, 2, 3, 2], &[6, 3, 2]],
        check: valid::be_nn,
        words: &[
            "rijksregisternummer",
            "rijksregisternr",
            "nrn",
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
        .found_in(&[
            "NIF 214872955",
            "contribuinte: 214 872 955",
            "{\"nif\": \"196408180\"}",
            "name,nif\nAda Weir,253975867",
            "o meu NIF é 273 404 989, obrigado",
            "contribuinte\n281674353",
        ])
        .not_in(&[
            "NIF 214872956",
            "214872955",
            "encomenda 214872955",
            "encomenda order 274 725 665",
            "trace_id=164612220",
            "contribuinte? see ticket 239935136",
            "NIF 24440872624447193",
        ]),
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
            "governmental/ch_ahv",
            "Swiss AHV number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CH", "zas.admin.ch; EAN-13 check")
        .found_in(&[
            "AHV 756.3575.0905.46",
            "AHV-Nummer: 7563575090546",
            "{\"ahv_nummer\": \"7562519889420\"}",
            "name,ahv_nummer\nAda Weir,7562229748673",
            "meine AHV-Nummer lautet 756.4825.0074.37, merci",
            "| name | ahv_nummer |\n|---|---|\n| Ada | 7566807281965 |",
        ])
        .not_in(&[
            "AHV 7563575090547",
            "ean 7563575090546",
            "order 7563575090546",
            "Bestellung 756.6003.3278.94",
            "rows: 7567211396733",
            "numéro AVS? see ticket 7565121822120",
            "AHV-Nr. 756384825095075637193",
        ]),
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
            "governmental/at_svnr",
            "Austrian social insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AT", "sozialversicherung.at; weights mod 11")
        .found_in(&[
            "SVNR 1075 120765",
            "{\"svnr\": \"2811070458\"}",
            "name,svnr\nAda Weir,5677200867",
            "Meine Sozialversicherungsnummer ist 1554 231163, bitte anmelden",
            "<svnr>5501210949</svnr>",
        ])
        .not_in(&[
            "SVNR 4323 130551",
            "3239110272",
            "Auftrag 5896 240383",
            "trace_id=1883111170",
            "Sozialversicherungsnummer? see ticket 6126070263",
            "SVNR 503209116550327193",
        ]),
        layouts: &[&[10], &[4, 6]],
        check: valid::at_svnr,
        words: &[
            "svnr",
            "sv nummer",
            "sv nr",
            "svnummer",
            "sozialversicherungsnummer",
            "versicherungsnummer",
            "vsnr",
            "ecard",
            "e card",
            "austrian social insurance",
            "austrian social security",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/bg_egn",
            "Bulgarian citizen number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BG", "grao.bg; weights mod 11")
        .found_in(&[
            "ЕГН 4803191102",
            "{\"egn\": \"5701085500\"}",
            "name,egn\nAda Weir,6912165968",
            "Моят ЕГН е 5604060760, моля въведете го",
            "INSERT INTO people (id, egn) VALUES (7, '7809270349');",
        ])
        .not_in(&[
            "ЕГН 5308019528",
            "0309270970",
            "поръчка 8511074923",
            "offset 0.5407042064 of the run",
            "EGN missing, tracking number 9403251633",
            "ЕГН 791114232179117193",
        ]),
        layouts: &[&[10]],
        check: valid::bg_egn,
        words: &[
            "егн",
            "egn",
            "единен граждански номер",
            "citizen number",
            "bulgarian id",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ro_cnp",
            "Romanian personal numeric code",
            Category::Governmental,
            Standing::Checked,
        )
        .from("RO", "depabd.mai.gov.ro; weights mod 11")
        .found_in(&[
            "CNP 2560505395988",
            "{\"cnp\": \"2941209238141\"}",
            "name,cnp\nAda Weir,2590404210642",
            "CNP-ul meu este CNP 2920918388741, domiciliat în Cluj",
            "| name | cnp |\n|---|---|\n| Ada | 1740123278859 |",
        ])
        .not_in(&[
            "CNP 2491121178248",
            "1780809045776",
            "comanda order 2570705158593",
            "commit 1040613453633a9f10406",
            "no Cod numeric personal in order 2800522069843",
            "CNP 285080911178328507193",
        ]),
        layouts: &[&[13]],
        check: valid::ro_cnp,
        words: &[
            "cnp",
            "cod numeric personal",
            "codul numeric personal",
            "romanian personal",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/hr_oib",
            "Croatian personal identification number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("HR", "porezna-uprava.hr; ISO/IEC 7064 mod 11,10")
        .found_in(&[
            "OIB 41837662708",
            "{\"oib\": \"88402738733\"}",
            "name,oib\nAda Weir,50498533067",
            "Kupac ima OIB 84911252587 i živi u Splitu",
            "oib=92011980448",
        ])
        .not_in(&[
            "OIB 44365260382",
            "83264715660",
            "order 84874291133",
            "rows: 77917311604",
            "Osobni identifikacijski broj? see ticket 49919406282",
            "OIB 2677554510126777193",
        ]),
        layouts: &[&[11]],
        check: valid::hr_oib,
        words: &["oib", "osobni identifikacijski broj", "croatian id", "porezni broj"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/si_emso",
            "Slovenian EMŠO",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SI", "gov.si; weights mod 11")
        .found_in(&[
            "EMŠO 1001994505920",
            "{\"emso\": \"2605950506250\"}",
            "name,emso\nAda Weir,1405997500591",
            "Moja EMŠO je 2411948500873, hvala",
            "EMSO\n2308968502966",
        ])
        .not_in(&[
            "EMŠO 2501988508249",
            "0104985501700",
            "order 2309950503945",
            "trace_id=0202986502639",
            "EMSO missing, tracking number 1810950502598",
            "EMŠO 201094750808620107193",
        ]),
        layouts: &[&[13]],
        check: valid::si_emso,
        words: &["emšo", "emso", "enotna matična številka", "slovenian id"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/rs_jmbg",
            "Unique citizen number of Serbia and its neighbours",
            Category::Governmental,
            Standing::Checked,
        )
        .from("RS BA ME MK", "mup.gov.rs; weights mod 11")
        .found_in(&[
            "JMBG 1003990218300",
            "{\"jmbg\": \"0203957444669\"}",
            "name,jmbg\nAda Weir,2412999104995",
            "Moj JMBG je 0102954104777, rođen sam u Nišu",
            "<jmbg>1008950710785</jmbg>",
        ])
        .not_in(&[
            "JMBG 2207956716421",
            "0710958711988",
            "order 0702972217209",
            "offset 0.1712951210025 of the run",
            "no ЈМБГ in order 1808957440240",
            "JMBG 050799971053805077193",
        ]),
        layouts: &[&[13]],
        check: valid::rs_jmbg,
        words: &[
            "jmbg",
            "јмбг",
            "jedinstveni matični broj",
            "matični broj",
            "ембг",
            "embg",
            "јединствени матични број",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/cz_rc",
            "Czech and Slovak birth number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("CZ SK", "mvcr.cz; mod 11")
        .found_in(&[
            "Rodné číslo 835803/1451",
            "{\"rodne_cislo\": \"6958046590\"}",
            "name,rodne_cislo\nAda Weir,8911258301",
            "Klient má rodné číslo 915207/4460 a bydlí v Brně",
            "INSERT INTO people (id, rodne_cislo) VALUES (7, '9505145243');",
        ])
        .not_in(&[
            "Rodné číslo 703919/3130",
            "6560082056",
            "order 720208/5374",
            "commit 9206216184a9f92062",
            "rodne cislo? see ticket 8707162630",
            "Rodné číslo 940103477594017193",
        ]),
        layouts: &[&[10], &[6, 4], &[9], &[6, 3]],
        check: valid::cz_rc,
        words: &[
            "rodné číslo",
            "rodne cislo",
            "rodného čísla",
            "rod. číslo",
            "rč",
            "r.č.",
            "birth number",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/hu_taj",
            "Hungarian social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("HU", "neak.gov.hu; weights mod 10")
        .found_in(&[
            "TAJ szám 184 222 830",
            "{\"taj\": \"376492517\"}",
            "name,taj\nAda Weir,851909345",
            "A páciens TAJ száma 175-873-380, kérjük rögzíteni",
            "| name | taj |\n|---|---|\n| Ada | 860948478 |",
        ])
        .not_in(&[
            "TAJ szám 125 860 722",
            "665849154",
            "order 709 486 246",
            "rows: 360170920",
            "TAJ missing, tracking number 617880604",
            "TAJ szám 49237621849237193",
        ]),
        layouts: &[&[9], &[3, 3, 3]],
        check: valid::hu_taj,
        words: &[
            "taj",
            "taj szám",
            "taj száma",
            "tajszám",
            "társadalombiztosítási azonosító",
            "tb szám",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/hu_tax_id",
            "Hungarian tax id of persons",
            Category::Governmental,
            Standing::Checked,
        )
        .from("HU", "nav.gov.hu; weights mod 11")
        .found_in(&[
            "Adóazonosító jel 8963448509",
            "{\"adoazonosito\": \"8095512427\"}",
            "name,adoazonosito\nAda Weir,8484831388",
            "Az adóazonosító jelem 8263058066, küldöm a papírokat",
            "adoazonosito=8165393502",
        ])
        .not_in(&[
            "Adóazonosító jel 8963057284",
            "8545774621",
            "order 8953858003",
            "trace_id=8559943919",
            "no adoazonosito jel in order 8165411950",
            "Adóazonosító jel 870705421187077193",
        ]),
        layouts: &[&[10]],
        check: valid::hu_tax_id,
        words: &[
            "adóazonosító",
            "adóazonosító jel",
            "adóazonosító jele",
            "adóazonosító jelem",
            "adoazonosito",
            "adoazonosito jel",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/hu_personal",
            "Hungarian personal identifier",
            Category::Governmental,
            Standing::Checked,
        )
        .from("HU", "1996. évi XX. törvény; weights mod 11")
        .found_in(&[
            "Személyi szám 1-590106-7528",
            "{\"szemelyi_szam\": \"15605148878\"}",
            "name,szemelyi_szam\nAda Weir,19408089629",
            "A személyi száma 1 861001 9358, kérem a jegyzőkönyvbe",
            "személyi azonosító\n18212259998",
        ])
        .not_in(&[
            "Személyi szám 1-661127-2509",
            "17011055495",
            "order 1-911009-5026",
            "offset 0.28404167824 of the run",
            "személyi azonosító? see ticket 28412289741",
            "Személyi szám 1570205857315707193",
        ]),
        layouts: &[&[11], &[1, 6, 4]],
        check: valid::hu_personal,
        words: &[
            "személyi azonosító",
            "személyi szám",
            "személyi száma",
            "szemelyi azonosito",
            "szemelyi szam",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/gr_afm",
            "Greek tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GR", "aade.gr; powers of two mod 11")
        .found_in(&[
            "ΑΦΜ 790074033",
            "{\"afm\": \"765423332\"}",
            "name,afm\nAda Weir,229132489",
            "Το ΑΦΜ μου είναι ΑΦΜ 298107360, ευχαριστώ",
            "<afm>723142624</afm>",
        ])
        .not_in(&[
            "ΑΦΜ 757771931",
            "203660099",
            "order 922712867",
            "commit 102793922a9f10279",
            "AFM missing, tracking number 816467303",
            "ΑΦΜ 67801756167807193",
        ]),
        layouts: &[&[9]],
        check: valid::gr_afm,
        words: &[
            "αφμ",
            "α.φ.μ.",
            "afm",
            "a.f.m.",
            "αριθμός φορολογικού μητρώου",
            "greek tax",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/gr_amka",
            "Greek social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GR", "amka.gr; Luhn")
        .found_in(&[
            "ΑΜΚΑ 15106935206",
            "{\"amka\": \"01069925194\"}",
            "name,amka\nAda Weir,12114614253",
            "Ο ασθενής με ΑΜΚΑ 14107317100 ήρθε χθες",
            "INSERT INTO people (id, amka) VALUES (7, '07047641977');",
        ])
        .not_in(&[
            "ΑΜΚΑ 18107940184",
            "05067586072",
            "order 15109030724",
            "rows: 14115442346",
            "no AMKA in order 21085863732",
            "ΑΜΚΑ 1106583511511067193",
        ]),
        layouts: &[&[11]],
        check: valid::gr_amka,
        words: &["αμκα", "α.μ.κ.α.", "amka", "a.m.k.a."],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/lt_ak",
            "Lithuanian personal code",
            Category::Governmental,
            Standing::Checked,
        )
        .from("LT", "registrucentras.lt; weights mod 11")
        .found_in(&[
            "Asmens kodas 34809269755",
            "{\"asmens_kodas\": \"35604086666\"}",
            "name,asmens_kodas\nAda Weir,39707031476",
            "Mano asmens kodas 47909087571, ačiū",
            "| name | asmens_kodas |\n|---|---|\n| Ada | 38610187463 |",
        ])
        .not_in(&[
            "Asmens kodas 46302068631",
            "46402101028",
            "order 37310030519",
            "trace_id=36406206040",
            "asmens kodas? see ticket 35706244070",
            "Asmens kodas 4740610806447407193",
        ]),
        layouts: &[&[11]],
        check: valid::baltic,
        words: &[
            "asmens kodas",
            "asmens kodą",
            "asmens kodo",
            "lithuanian personal",
            "a.k.",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ee_ik",
            "Estonian personal code",
            Category::Governmental,
            Standing::Checked,
        )
        .from("EE", "riigiteataja.ee; weights mod 11")
        .found_in(&[
            "Isikukood 49410269174",
            "{\"isikukood\": \"39512157146\"}",
            "name,isikukood\nAda Weir,39302098405",
            "Minu isikukood on isikukood 37807276761, palun",
            "isikukood=49506177819",
        ])
        .not_in(&[
            "Isikukood 30209216460",
            "35411200808",
            "order 37201222092",
            "offset 0.44804119249 of the run",
            "isikukood missing, tracking number 34908168091",
            "Isikukood 3950511996239507193",
        ]),
        layouts: &[&[11]],
        check: valid::baltic,
        words: &[
            "isikukood",
            "isikukoodi",
            "isikukoodiga",
            "estonian personal",
            "estonian id",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/lv_pk",
            "Latvian personal code",
            Category::Governmental,
            Standing::Checked,
        )
        .from("LV", "pmlp.gov.lv; weights mod 11 before 2017")
        .found_in(&[
            "Personas kods 060855-19669",
            "{\"personas_kods\": \"06050317960\"}",
            "name,personas_kods\nAda Weir,23088013190",
            "Mans personas kods ir 181092-10497, paldies",
            "personas kods\n20059619000",
        ])
        .not_in(&[
            "Personas kods 281163-11819",
            "26095115842",
            "order 251250-10239",
            "commit 21014912397a9f21014",
            "no personas kods in order 27074610558",
            "Personas kods 0809541715508097193",
        ]),
        layouts: &[&[11], &[6, 5]],
        check: valid::lv_pk,
        words: &[
            "personas kods",
            "personas kodu",
            "personas kodam",
            "personas koda",
            "latvian personal",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/is_kennitala",
            "Icelandic kennitala",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IS", "skra.is; weights mod 11")
        .found_in(&[
            "Kennitala 190850-6849",
            "{\"kennitala\": \"0804863679\"}",
            "name,kennitala\nAda Weir,2504941579",
            "Kennitalan mín er 150550-6619, takk fyrir",
            "<kennitala>2302474719</kennitala>",
        ])
        .not_in(&[
            "Kennitala 081068-4469",
            "2701701379",
            "order 270192-6459",
            "rows: 1910541809",
            "kennitala? see ticket 2404691119",
            "Kennitala 011197469901117193",
        ]),
        layouts: &[&[10], &[6, 4]],
        check: valid::is_kennitala,
        words: &["kennitala", "kennitölu", "kennitalan", "kt", "icelandic id"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/lu_nin",
            "Luxembourg national number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("LU", "guichet.lu; Luhn and Verhoeff")
        .found_in(&[
            "Matricule nationale 1995092573744",
            "{\"matricule\": \"1976040691162\"}",
            "name,matricule\nAda Weir,1951091337593",
            "Mon matricule au Luxembourg est 1990092136791, merci",
            "INSERT INTO people (id, matricule) VALUES (7, '1998060312745');",
        ])
        .not_in(&[
            "Matricule nationale 1981121093948",
            "1983122213610",
            "commande 1966102464454",
            "trace_id=1983020631619",
            "Numéro de matricule missing, tracking number 1951072414484",
            "Matricule nationale 196608029068419667193",
        ]),
        layouts: &[&[13], &[8, 5], &[4, 4, 5], &[4, 2, 2, 5]],
        check: valid::lu_nin,
        words: &[
            "matricule",
            "numéro de matricule",
            "matricule nationale",
            "numéro national",
            "ccss",
            "sécurité sociale luxembourg",
            "luxembourg national",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ua_rnokpp",
            "Ukrainian taxpayer number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("UA", "tax.gov.ua; weights mod 11")
        .found_in(&[
            "РНОКПП 6077514153",
            "{\"rnokpp\": \"3721966098\"}",
            "name,rnokpp\nAda Weir,9584526218",
            "Мій ІПН 9884696810, надішліть договір",
            "| name | rnokpp |\n|---|---|\n| Ada | 1504200136 |",
        ])
        .not_in(&[
            "РНОКПП 9570785899",
            "5696399269",
            "замовлення order 3567816279",
            "offset 0.6271346010 of the run",
            "no ІПН in order 6183857151",
            "РНОКПП 313324821331337193",
        ]),
        layouts: &[&[10]],
        check: valid::ua_rnokpp,
        words: &[
            "рнокпп",
            "іпн",
            "ідентифікаційний код",
            "ідентифікаційний номер",
            "податковий номер",
            "ipn",
            "rnokpp",
            "інн",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ru_inn",
            "Russian taxpayer number of persons",
            Category::Governmental,
            Standing::Checked,
        )
        .from("RU", "nalog.gov.ru; two check digits")
        .found_in(&[
            "ИНН 770818633208",
            "{\"inn\": \"774955243616\"}",
            "name,inn\nAda Weir,775268784760",
            "Мой ИНН 776238854081, пришлите договор",
            "inn=777126186906",
        ])
        .not_in(&[
            "ИНН 772251838808",
            "775878139666",
            "заказ 770083189008",
            "commit 770194537317a9f77019",
            "INN? see ticket 777459773428",
            "ИНН 77845925228077847193",
        ]),
        layouts: &[&[12]],
        check: valid::ru_inn,
        words: &["инн", "inn", "идентификационный номер налогоплательщика", "russian tax"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ru_inn_org",
            "Russian taxpayer number of companies",
            Category::Governmental,
            Standing::Checked,
        )
        .from("RU", "nalog.gov.ru; weights mod 11")
        .found_in(&[
            "ИНН 7749407645",
            "{\"inn\": \"7798362718\"}",
            "name,inn\nAda Weir,7719003268",
            "Поставщик, ИНН 7787081874, выставил счёт",
            "INN\n7786760418",
        ])
        .not_in(&[
            "ИНН 7755689421",
            "7786695381",
            "заказ 7722046825",
            "rows: 7795767378",
            "INN missing, tracking number 7728087747",
            "ИНН 772388799777237193",
        ]),
        layouts: &[&[10]],
        check: valid::ru_inn_org,
        words: &["инн", "inn", "инн организации", "russian tax"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ru_ogrn",
            "Russian register number of companies",
            Category::Governmental,
            Standing::Checked,
        )
        .from("RU", "nalog.gov.ru; mod 11 or 13")
        .found_in(&[
            "ОГРН 1335524307821",
            "{\"ogrn\": \"1325004325216\"}",
            "name,ogrn\nAda Weir,5952591275565",
            "Компания с ОГРН 1129097689544 подала иск",
            "<ogrn>5466245136242</ogrn>",
        ])
        .not_in(&[
            "ОГРН 1992082179715",
            "5310118471141",
            "заказ 5158734116437",
            "trace_id=5523614543139",
            "no OGRN in order 1322392560544",
            "ОГРН 510301016203051037193",
        ]),
        layouts: &[&[13], &[15]],
        check: valid::ru_ogrn,
        words: &["огрн", "огрнип", "ogrn", "ogrnip"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ru_snils",
            "Russian pension insurance number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("RU", "sfr.gov.ru; mod 101")
        .found_in(&[
            "СНИЛС 156-470-701 71",
            "{\"snils\": \"18491142786\"}",
            "name,snils\nAda Weir,12437783265",
            "Мой СНИЛС 183-995-841 44, проверьте стаж",
            "INSERT INTO people (id, snils) VALUES (7, '15328758080');",
        ])
        .not_in(&[
            "СНИЛС 121-004-513 69",
            "10724463938",
            "заказ 151-368-949 79",
            "offset 0.13263982667 of the run",
            "SNILS? see ticket 18298507013",
            "СНИЛС 1867319581918677193",
        ]),
        layouts: &[&[11], &[3, 3, 3, 2]],
        check: valid::ru_snils,
        words: &["снилс", "snils", "страховой номер", "страховое свидетельство"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/md_idnp",
            "Moldovan personal number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("MD", "asp.gov.md; weights mod 10")
        .found_in(&[
            "IDNP 2040310278627",
            "{\"idnp\": \"2778044281263\"}",
            "name,idnp\nAda Weir,2888684905787",
            "Solicitantul cu IDNP 2241797922601 locuiește în Chișinău",
            "| name | idnp |\n|---|---|\n| Ada | 2309597410183 |",
        ])
        .not_in(&[
            "IDNP 2752364304935",
            "2967414648418",
            "order 2709917225271",
            "commit 2172194644396a9f21721",
            "Cod personal missing, tracking number 2634588811749",
            "IDNP 221578987128022157193",
        ]),
        layouts: &[&[13]],
        check: valid::md_idnp,
        words: &["idnp", "cod personal", "codul personal", "moldovan id"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pl_nip",
            "Polish tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PL", "podatki.gov.pl; weights mod 11")
        .found_in(&[
            "NIP 595-642-19-61",
            "{\"nip\": \"5836414591\"}",
            "name,nip\nAda Weir,5718582172",
            "Proszę o fakturę, nasz NIP 580-158-57-74",
            "nip=5609200510",
        ])
        .not_in(&[
            "NIP 523-703-58-71",
            "5716544233",
            "zamówienie 507-635-77-45",
            "rows: 5117102368",
            "no numer NIP in order 5205338202",
            "NIP 534129746953417193",
        ]),
        layouts: &[&[10], &[3, 3, 2, 2], &[3, 2, 2, 3]],
        check: valid::pl_nip,
        words: &["nip", "numer nip", "nr nip", "identyfikacji podatkowej", "polish tax"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pl_regon",
            "Polish business register number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PL", "stat.gov.pl; weights mod 11")
        .found_in(&[
            "REGON 392868594",
            "{\"regon\": \"941731057\"}",
            "name,regon\nAda Weir,970407650",
            "Spółka ma REGON 495661548 i siedzibę w Łodzi",
            "numer REGON\n315184690",
        ])
        .not_in(&[
            "REGON 871324344",
            "315020734",
            "zamówienie 723623490",
            "trace_id=892156642",
            "numer REGON? see ticket 291320986",
            "REGON 75528341875527193",
        ]),
        layouts: &[&[9], &[14]],
        check: valid::pl_regon,
        words: &["regon", "numer regon", "nr regon"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pt_niss",
            "Portuguese social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("PT", "seg-social.pt; primes mod 10")
        .found_in(&[
            "NISS 19281077963",
            "{\"niss\": \"10519594079\"}",
            "name,niss\nAda Weir,15273162535",
            "O meu NISS é 28363728422, obrigado",
            "<niss>16761840626</niss>",
        ])
        .not_in(&[
            "NISS 10081171675",
            "29845476674",
            "encomenda order 20164813773",
            "offset 0.10415565806 of the run",
            "Segurança Social missing, tracking number 13153637098",
            "NISS 1343231420213437193",
        ]),
        layouts: &[&[11]],
        check: valid::pt_niss,
        words: &[
            "niss",
            "segurança social",
            "seguranca social",
            "número de segurança social",
            "identificação da segurança social",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/es_nuss",
            "Spanish social security number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ES", "seg-social.es; mod 97")
        .found_in(&[
            "NUSS 47 20137914 59",
            "{\"nuss\": \"339348810140\"}",
            "name,nuss\nAda Weir,208214022110",
            "Mi número de la Seguridad Social es 06/65843736/40, gracias",
            "INSERT INTO people (id, nuss) VALUES (7, '239664373334');",
        ])
        .not_in(&[
            "NUSS 41 41062266 56",
            "271648335096",
            "pedido 39 83821663 41",
            "commit 424438763655a9f42443",
            "no Seguridad Social in order 318600689285",
            "NUSS 18964470969618967193",
        ]),
        layouts: &[&[12], &[2, 8, 2], &[2, 10]],
        check: valid::es_nuss,
        words: &[
            "nuss",
            "naf",
            "seguridad social",
            "número de afiliación",
            "nº afiliación",
            "afiliación",
            "num ss",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/fr_spi",
            "French tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FR", "impots.gouv.fr; mod 511")
        .found_in(&[
            "Numéro fiscal 38 49 635 072 220",
            "{\"numero_fiscal\": \"0297643126445\"}",
            "name,numero_fiscal\nAda Weir,1441592736416",
            "Mon numéro fiscal est le 36 51 074 982 422, merci",
            "| name | numero_fiscal |\n|---|---|\n| Ada | 2818758670399 |",
        ])
        .not_in(&[
            "Numéro fiscal 15 01 752 637 288",
            "2219780069157",
            "commande 17 96 868 109 484",
            "rows: 2544807102019",
            "SPI? see ticket 0459190876144",
            "Numéro fiscal 347485076017134747193",
        ]),
        layouts: &[&[13], &[2, 2, 3, 3, 3]],
        check: valid::fr_spi,
        words: &[
            "numéro fiscal",
            "numero fiscal",
            "spi",
            "n° fiscal",
            "référence fiscale",
            "identifiant fiscal",
            "numéro de référence fiscal",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/fr_siren",
            "French company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FR", "insee.fr; Luhn")
        .found_in(&[
            "SIREN 975 609 074",
            "{\"siren\": \"890740582\"}",
            "name,siren\nAda Weir,174008581",
            "La société (SIREN 909 183 840) a signé hier",
            "siren=364291203",
        ])
        .not_in(&[
            "SIREN 330 738 403",
            "547219907",
            "commande 430 723 833",
            "trace_id=414917815",
            "RCS missing, tracking number 844340604",
            "SIREN 41325329541327193",
        ]),
        layouts: &[&[9], &[3, 3, 3]],
        check: valid::fr_siren,
        words: &["siren", "n° siren", "numéro siren", "rcs", "siren nr"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/fr_siret",
            "French establishment number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FR", "insee.fr; Luhn")
        .found_in(&[
            "SIRET 792 275 323 00014",
            "{\"siret\": \"31726144400077\"}",
            "name,siret\nAda Weir,54589494100008",
            "Facturer à SIRET 488 964 388 00075, Lyon",
            "numéro SIRET\n36506618200004",
        ])
        .not_in(&[
            "SIRET 348 899 303 00022",
            "78535634600029",
            "commande 431 784 446 00004",
            "offset 0.34791138000058 of the run",
            "no numéro SIRET in order 43548877000007",
            "SIRET 7179964660004071797193",
        ]),
        layouts: &[&[14], &[3, 3, 3, 5]],
        check: valid::fr_siren,
        words: &["siret", "n° siret", "numéro siret"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/it_iva",
            "Italian VAT number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IT", "agenziaentrate.gov.it; Luhn")
        .found_in(&[
            "Partita IVA 03201730052",
            "{\"partita_iva\": \"09951560920\"}",
            "name,partita_iva\nAda Weir,08839050286",
            "La ditta con partita IVA 04650350103 ha pagato",
            "<partita_iva>08468320331</partita_iva>",
        ])
        .not_in(&[
            "Partita IVA 01211180269",
            "04635230131",
            "ordine 07939500026",
            "commit 04319610392a9f04319",
            "P.IVA? see ticket 07944990337",
            "Partita IVA 0561634014605617193",
        ]),
        layouts: &[&[11]],
        check: valid::it_iva,
        words: &["partita iva", "p.iva", "p. iva", "piva", "iva", "italian vat"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/be_vat",
            "Belgian enterprise number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("BE", "kbopub.economie.fgov.be; mod 97")
        .found_in(&[
            "Ondernemingsnummer 0897.080.447",
            "{\"ondernemingsnummer\": \"0706258186\"}",
            "name,ondernemingsnummer\nAda Weir,0583060367",
            "Ons ondernemingsnummer is 0855.706.581, met dank",
            "INSERT INTO people (id, ondernemingsnummer) VALUES (7, '0446085380');",
        ])
        .not_in(&[
            "Ondernemingsnummer 0595.915.630",
            "0576792187",
            "bestelling order 0559.062.369",
            "rows: 0692741930",
            "BTW missing, tracking number 0537024167",
            "Ondernemingsnummer 066014993006607193",
        ]),
        layouts: &[&[10], &[4, 3, 3]],
        check: valid::be_vat,
        words: &[
            "ondernemingsnummer",
            "numéro d'entreprise",
            "numero d'entreprise",
            "kbo",
            "bce",
            "btw",
            "tva",
            "btw nummer",
            "enterprise number",
            "kbo nummer",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/uk_utr",
            "UK unique taxpayer reference",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GB", "gov.uk; weights mod 11")
        .found_in(&[
            "UTR 66344 60575",
            "{\"utr\": \"1072062321\"}",
            "name,utr\nAda Weir,7282200698",
            "my self assessment UTR is 47556 95382, thanks",
            "| name | utr |\n|---|---|\n| Ada | 7642463594 |",
        ])
        .not_in(&[
            "UTR 97134 70837",
            "1251409505",
            "order 95933 80738",
            "trace_id=4252345177",
            "no Unique Taxpayer Reference in order 2535941958",
            "UTR 773802547277387193",
        ]),
        layouts: &[&[10], &[5, 5]],
        check: valid::uk_utr,
        words: &[
            "utr",
            "unique taxpayer",
            "unique taxpayer reference",
            "self assessment",
            "taxpayer reference",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/uk_vat",
            "UK VAT number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("GB", "gov.uk; mod 97")
        .found_in(&[
            "VAT No 634 7828 12",
            "{\"vat_number\": \"434288107\"}",
            "name,vat_number\nAda Weir,909217131",
            "please add our VAT registration 379 8435 34 to it",
            "vat_number=775380404",
        ])
        .not_in(&[
            "VAT No 467 3639 13",
            "577441808",
            "order 989 5342 01",
            "offset 0.610324105 of the run",
            "VAT registration? see ticket 687976306",
            "VAT No 59476192959477193",
        ]),
        layouts: &[&[9], &[3, 4, 2]],
        check: valid::uk_vat,
        words: &["vat", "vat no", "vat number", "vat reg", "vat registration", "uk vat"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/se_orgnr",
            "Swedish company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SE", "bolagsverket.se; Luhn")
        .found_in(&[
            "Organisationsnummer 559235-5191",
            "{\"organisationsnummer\": \"5581074191\"}",
            "name,organisationsnummer\nAda Weir,5564620259",
            "Bolagets organisationsnummer är 556125-4144, tack",
            "org.nr\n5590188792",
        ])
        .not_in(&[
            "Organisationsnummer 558275-1079",
            "5560330218",
            "ordernummer 559583-3145",
            "commit 5596894245a9f55968",
            "org.nr missing, tracking number 5579873562",
            "Organisationsnummer 556592497355657193",
        ]),
        layouts: &[&[10], &[6, 4]],
        check: valid::se_orgnr,
        words: &[
            "organisationsnummer",
            "orgnr",
            "org nr",
            "org.nr",
            "org nummer",
            "organisationsnr",
            "bolag",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/no_orgnr",
            "Norwegian company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("NO", "brreg.no; weights mod 11")
        .found_in(&[
            "Organisasjonsnummer 852 956 755",
            "{\"organisasjonsnummer\": \"954539342\"}",
            "name,organisasjonsnummer\nAda Weir,984430345",
            "Firmaet har organisasjonsnummer 803 366 381 i Bergen",
            "<organisasjonsnummer>993649775</organisasjonsnummer>",
        ])
        .not_in(&[
            "Organisasjonsnummer 998 902 038",
            "872497234",
            "ordre 943 112 177",
            "rows: 985161488",
            "no Org.nr in order 975126390",
            "Organisasjonsnummer 86032715586037193",
        ]),
        layouts: &[&[9], &[3, 3, 3]],
        check: valid::no_orgnr,
        words: &[
            "organisasjonsnummer",
            "orgnr",
            "org nr",
            "org.nr",
            "foretaksregisteret",
            "org nummer",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/dk_cvr",
            "Danish company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("DK", "cvr.dk; weights mod 11")
        .found_in(&[
            "CVR 61 56 02 11",
            "{\"cvr\": \"24318338\"}",
            "name,cvr\nAda Weir,39681153",
            "Vores firma, CVR 83 07 51 39, betaler",
            "INSERT INTO people (id, cvr) VALUES (7, '86746921');",
        ])
        .not_in(&[
            "CVR 56 92 70 86",
            "48896596",
            "ordre 27 50 49 22",
            "trace_id=61934081",
            "CVR-nr.? see ticket 26198666",
            "CVR 8308987383087193",
        ]),
        layouts: &[&[8], &[2, 2, 2, 2]],
        check: valid::dk_cvr,
        words: &["cvr", "cvr nr", "cvr nummer", "cvr no", "se nr"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/fi_ytunnus",
            "Finnish business id",
            Category::Governmental,
            Standing::Checked,
        )
        .from("FI", "ytj.fi; weights mod 11")
        .found_in(&[
            "Y-tunnus 9521789-3",
            "{\"y_tunnus\": \"8946391-6\"}",
            "name,y_tunnus\nAda Weir,4763654-0",
            "Yrityksen Y-tunnus on 3791074-5, kiitos",
            "| name | y_tunnus |\n|---|---|\n| Ada | 7765342-1 |",
        ])
        .not_in(&[
            "Y-tunnus 7762459-2",
            "build 7.6913.1068",
            "tilaus 3596468-6",
            "offset 0.79443858 of the run",
            "y-tunnus missing, tracking number 3957111-8",
            "Y-tunnus 3402371034027193",
        ]),
        layouts: &[&[7, 1]],
        check: valid::fi_ytunnus,
        words: &["y tunnus", "ytunnus", "business id", "fo nummer", "finnish business"],
        checked: true,
        alone: Alone::Never,
    },
];
