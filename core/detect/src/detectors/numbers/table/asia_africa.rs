//! Asia, Africa and Oceania.

use crate::detectors::numbers::{Alone, Kind, valid};
use crate::registry::{Info, Standing};
use weir_model::{Category, Confidence};

pub(super) static KINDS: &[Kind] = &[
    Kind {
        info: Info::new(
            "governmental/in_aadhaar",
            "Aadhaar number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IN", "uidai.gov.in; Verhoeff")
        .found_in(&[
            "Aadhaar 8797 0168 7731",
            "\"aadhaar\":\"879701687731\"",
            "{\"aadhaar\": \"673024131040\"}",
            "name,aadhaar\nAda Weir,944941662654",
            "मेरा आधार 2821 8100 4902 है",
            "| name | aadhaar |\n|---|---|\n| Ada | 443197232081 |",
        ])
        .not_in(&[
            "Aadhaar 879701687732",
            "879701687731",
            "invoice 8797 0168 7731",
            "order 8914 0930 7179",
            "rows: 407797137496",
            "UIDAI missing, tracking number 398771555591",
            "Aadhaar 62741480375162747193",
        ]),
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
        alone: Alone::Grouped(Confidence::Low),
    },
    Kind {
        info: Info::new(
            "governmental/au_tfn",
            "Australian tax file number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AU", "ato.gov.au")
        .found_in(&[
            "TFN 553 705 656",
            "tax_file_number: 553705656",
            "{\"tfn\": \"255684075\"}",
            "name,tfn\nAda Weir,213230776",
            "my tax file number is 790 921 519, cheers",
            "tax file number\n481697905",
        ])
        .not_in(&[
            "TFN 553 705 657",
            "553705656",
            "ticket 553705656",
            "ticket 858 920 607",
            "offset 0.619451582 of the run",
            "tax file number? see ticket 382789264",
            "TFN 54491326454497193",
        ]),
        layouts: &[&[9], &[3, 3, 3], &[8], &[3, 3, 2], &[2, 3, 3]],
        check: valid::au_tfn,
        words: &["tfn", "tax file", "tax file number"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/kr_rrn",
            "Korean resident registration number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("KR", "mois.go.kr")
        .found_in(&[
            "RRN 521218-1901831",
            "주민등록번호 5212181901831",
            "{\"rrn\": \"6310051046986\"}",
            "name,rrn\nAda Weir,7009262412810",
            "제 주민번호는 520627-2281240입니다",
            "| name | rrn |\n|---|---|\n| Ada | 5311111529145 |",
        ])
        .not_in(&[
            "RRN 521399-1901831",
            "5212181901831",
            "order 521218-1901831",
            "주문번호 841010-1241455",
            "offset 0.9711221250929 of the run",
            "no RRN in order 4812232216382",
            "주민등록번호 770608145110577067193",
        ]),
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
        alone: Alone::Dashed(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/jp_my_number",
            "Japanese individual number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("JP", "digital.go.jp")
        .found_in(&[
            "My Number 955652702651",
            "マイナンバー: 9556 5270 2651",
            "{\"my_number\": \"423152301853\"}",
            "name,my_number\nAda Weir,590177628206",
            "私のマイナンバーは4145 7092 8600です",
            "my_number=579454630708",
        ])
        .not_in(&[
            "My Number 955652702652",
            "955652702651",
            "my order number 955652702651",
            "注文番号 7852 2251 9354",
            "commit 678203987494a9f67820",
            "My Number? see ticket 121637295030",
            "マイナンバー 14036977943114037193",
        ]),
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
        .found_in(&[
            "身份证号 110105198208054980",
            "id card 110105198208054980",
            "{\"id_card\": \"110105198109144040\"}",
            "name,id_card\nAda Weir,110105196104139286",
            "我的身份证号码是110105199508093476，请核对",
            "公民身份号码\n110105195108153865",
        ])
        .not_in(&[
            "身份证号 110105198208054981",
            "order 110105198208054980",
            "110105199913321234",
            "订单号 110105194907200272",
            "rows: 110105197109238966",
            "公民身份号码 missing, tracking number 110105199206279910",
            "身份证号 11010519700104912711017193",
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
            "governmental/tr_tckn",
            "Turkish identification number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("TR", "nvi.gov.tr")
        .found_in(&[
            "TC Kimlik No 34578364820",
            "tckn: 34578364820",
            "{\"tckn\": \"31546672598\"}",
            "name,tckn\nAda Weir,15557865934",
            "TC kimlik numaram 75842991960, teşekkürler",
            "<tckn>37129933872</tckn>",
        ])
        .not_in(&[
            "TCKN 34578364821",
            "34578364820",
            "order 34578364820",
            "sipariş 28129376974",
            "offset 0.77941376600 of the run",
            "TCKN missing, tracking number 65973636892",
            "TC Kimlik No 2157729483821577193",
        ]),
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
            "kimlik numaram",
            "k\u{130}ml\u{130}k",
            "vatandaşlık no",
            "vatandaşlik no",
            "kimlik numarasi",
            "tc no",
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
        .found_in(&[
            "SA ID number 7604071326088",
            "identity number: 7604071326088",
            "{\"id_number\": \"8609243682085\"}",
            "name,id_number\nAda Weir,7004099283082",
            "her South African ID is 950813 7279 08 2, thanks",
            "INSERT INTO people (id, id_number) VALUES (7, '7003141573086');",
        ])
        .not_in(&[
            "SA ID 7604071326089",
            "7604071326088",
            "order 7604071326088",
            "order 960122 5187 08 3",
            "commit 5511206037088a9f55112",
            "no identity number in order 0210193360083",
            "SA ID number 911104755808191117193",
        ]),
        layouts: &[&[13], &[6, 4, 2, 1], &[6, 4, 3]],
        check: valid::za_id,
        words: &[
            "sa id",
            "id number",
            "identity number",
            "south african id",
            "south african",
            "rsa id",
            "za id",
            "id no",
            "identity document",
            "said",
            "id nommer",
            "national id",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/kz_iin",
            "Kazakh individual number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("KZ", "egov.kz; weights mod 11")
        .found_in(&[
            "ИИН 850115588048",
            "{\"iin\": \"780728360210\"}",
            "name,iin\nAda Weir,900717438189",
            "Мой ИИН 031118435584, живу в Алматы",
            "| name | iin |\n|---|---|\n| Ada | 480115434817 |",
        ])
        .not_in(&[
            "ИИН 480604320939",
            "670120467157",
            "заказ 830720622700",
            "trace_id=610104629921",
            "ЖСН missing, tracking number 751214436673",
            "ИИН 95022357987395027193",
        ]),
        layouts: &[&[12]],
        check: valid::kz_iin,
        words: &["иин", "iin", "жсн", "жеке сәйкестендіру нөмірі", "kazakh id"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/uz_pinfl",
            "Uzbek personal number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("UZ", "my.gov.uz; weights mod 10")
        .found_in(&[
            "ПИНФЛ 31511874089126",
            "{\"pinfl\": \"60803555656166\"}",
            "name,pinfl\nAda Weir,60507675592499",
            "Мой ПИНФЛ 30702643115620, Ташкент",
            "pinfl=31202027219786",
        ])
        .not_in(&[
            "ПИНФЛ 31207786134173",
            "52410778480583",
            "заказ 51608697652632",
            "offset 0.61503907067963 of the run",
            "no JSHSHIR in order 30908504632150",
            "ПИНФЛ 4100449867556141007193",
        ]),
        layouts: &[&[14]],
        check: valid::uz_pinfl,
        words: &["пинфл", "pinfl", "жшшир", "jshshir", "жшшр"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ge_pn",
            "Georgian personal number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("GE", "sda.gov.ge; no check digit")
        .found_in(&[
            "პირადი ნომერი 01734244690",
            "{\"piradi_nomeri\": \"07557632434\"}",
            "name,piradi_nomeri\nAda Weir,07879105581",
            "ჩემი პირადი ნომერია 08133007672, თბილისი",
            "piradi nomeri\n07979389700",
        ])
        .not_in(&[
            "პირადი ნომერი 11111111111",
            "01821831449",
            "order 07819032944",
            "commit 01322519174a9f01322",
            "piradi nomeri? see ticket 05588445779",
            "პირადი ნომერი 0541668441605417193",
        ]),
        layouts: &[&[11]],
        check: valid::ge_pn,
        words: &[
            "პირადი ნომერი",
            "პირადი ნომერია",
            "piradi nomeri",
            "georgian personal number",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/il_id",
            "Israeli identity number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IL", "gov.il; Luhn")
        .found_in(&[
            "תעודת זהות 476545116",
            "{\"teudat_zehut\": \"209369370\"}",
            "name,teudat_zehut\nAda Weir,370147282",
            "מספר תעודת זהות שלי הוא 29631675-5, תודה",
            "<teudat_zehut>284196300</teudat_zehut>",
        ])
        .not_in(&[
            "תעודת זהות 056645444",
            "027645860",
            "order 413158346",
            "rows: 453049645",
            "Teudat Zehut missing, tracking number 068858075",
            "תעודת זהות 25716873225717193",
        ]),
        layouts: &[&[9], &[8, 1]],
        check: valid::il_id,
        words: &[
            "תעודת זהות",
            "ת.ז",
            "ת\"ז",
            "מספר זהות",
            "teudat zehut",
            "mispar zehut",
            "israeli id",
            "israel id",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ae_eid",
            "Emirates id",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AE", "icp.gov.ae; Luhn")
        .found_in(&[
            "Emirates ID 784-1968-4377899-2",
            "{\"emirates_id\": \"784197825184878\"}",
            "name,emirates_id\nAda Weir,784198539030118",
            "my Emirates ID is 784-1998-9310976-1, expiring soon",
            "INSERT INTO people (id, emirates_id) VALUES (7, '784196410621161');",
        ])
        .not_in(&[
            "Emirates ID 784-1994-4437343-8",
            "784196505075752",
            "order 784-1995-7379122-7",
            "trace_id=784196937983128",
            "no رقم الهوية in order 784196339247734",
            "Emirates ID 78419916338538078417193",
        ]),
        layouts: &[&[15], &[3, 4, 7, 1]],
        check: valid::ae_eid,
        words: &[
            "emirates id",
            "eid",
            "emirates",
            "الهوية الإماراتية",
            "رقم الهوية",
            "بطاقة الهوية",
            "uae id",
        ],
        checked: true,
        alone: Alone::Grouped(Confidence::High),
    },
    Kind {
        info: Info::new(
            "governmental/sa_id",
            "Saudi national id or iqama",
            Category::Governmental,
            Standing::Checked,
        )
        .from("SA", "moi.gov.sa; Luhn")
        .found_in(&[
            "Iqama 2501412239",
            "{\"iqama\": \"1508385976\"}",
            "name,iqama\nAda Weir,1666331887",
            "رقم الإقامة هو 1426562573 وشكرا",
            "| name | iqama |\n|---|---|\n| Ada | 1581947148 |",
        ])
        .not_in(&[
            "Iqama 2794384781",
            "1537321976",
            "order 1775956103",
            "offset 0.1441490867 of the run",
            "رقم الهوية? see ticket 2742298686",
            "Iqama 221514239522157193",
        ]),
        layouts: &[&[10]],
        check: valid::sa_id,
        words: &[
            "iqama",
            "saudi id",
            "saudi national",
            "رقم الهوية",
            "الهوية الوطنية",
            "إقامة",
            "الإقامة",
            "رقم الإقامة",
            "iqama no",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/eg_nid",
            "Egyptian national id",
            Category::Governmental,
            Standing::Checked,
        )
        .from("EG", "moi.gov.eg; date and governorate")
        .found_in(&[
            "الرقم القومي 29104190263613",
            "{\"egyptian_id\": \"26005042110163\"}",
            "name,egyptian_id\nAda Weir,20305180322477",
            "الرقم القومي 25709170383722 للمريض",
            "egyptian_id=26601020261095",
        ])
        .not_in(&[
            "الرقم القومي 28039030156088",
            "24512191200927",
            "order 25504191236181",
            "commit 29512190300710a9f29512",
            "Egyptian ID missing, tracking number 29303221278524",
            "الرقم القومي 2720619014447727207193",
        ]),
        layouts: &[&[14], &[1, 6, 2, 5]],
        check: valid::eg_nid,
        words: &[
            "الرقم القومي",
            "رقم قومي",
            "الرقم القومى",
            "raqam qawmi",
            "egyptian id",
            "egyptian national",
            "egypt national id",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/kw_civil",
            "Kuwaiti civil id",
            Category::Governmental,
            Standing::Checked,
        )
        .from("KW", "paci.gov.kw; weights mod 11")
        .found_in(&[
            "Civil ID 293051878018",
            "{\"civil_id\": \"291062030638\"}",
            "name,civil_id\nAda Weir,295060644642",
            "his Civil ID is 201092335625, see attached",
            "الرقم المدني\n288090571565",
        ])
        .not_in(&[
            "Civil ID 279020773563",
            "274082642258",
            "order 292011150757",
            "rows: 270021641296",
            "no الرقم المدني in order 254072104159",
            "Civil ID 26211264013326217193",
        ]),
        layouts: &[&[12]],
        check: valid::kw_civil,
        words: &[
            "civil id",
            "civil number",
            "الرقم المدني",
            "رقم مدني",
            "البطاقة المدنية",
            "civilid",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/qa_qid",
            "Qatari id",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("QA", "moi.gov.qa; no check digit")
        .found_in(&[
            "QID 28046972580",
            "{\"qid\": \"23582423556\"}",
            "name,qid\nAda Weir,28734020735",
            "my Qatar ID 26405606204 expires in May",
            "<qid>23349042911</qid>",
        ])
        .not_in(&[
            "QID 11111111111",
            "20571217285",
            "order 21162668703",
            "trace_id=29418512110",
            "الرقم الشخصي? see ticket 21441359584",
            "QID 2942473733529427193",
        ]),
        layouts: &[&[11]],
        check: valid::qa_qid,
        words: &["qid", "qatar id", "qatari id", "البطاقة الشخصية", "الرقم الشخصي"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ir_nin",
            "Iranian national code",
            Category::Governmental,
            Standing::Checked,
        )
        .from("IR", "sabteahval.ir; weights mod 11")
        .found_in(&[
            "کد ملی 7295957510",
            "{\"code_melli\": \"4221632331\"}",
            "name,code_melli\nAda Weir,5577793858",
            "کد ملی من 939-871442-6 است",
            "INSERT INTO people (id, code_melli) VALUES (7, '6007683321');",
        ])
        .not_in(&[
            "کد ملی 8943396911",
            "5949874404",
            "order 9933122754",
            "offset 0.9129204811 of the run",
            "Code Melli missing, tracking number 7581942813",
            "کد ملی 016228467501627193",
        ]),
        layouts: &[&[10], &[3, 6, 1]],
        check: valid::ir_nin,
        words: &[
            "کد ملی",
            "کدملی",
            "شماره ملی",
            "code melli",
            "codemeli",
            "melli code",
            "national code",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/th_id",
            "Thai citizen number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("TH", "dopa.go.th; weights mod 11")
        .found_in(&[
            "เลขบัตรประชาชน 5-6484-96042-65-6",
            "{\"thai_id\": \"1839168444274\"}",
            "name,thai_id\nAda Weir,5211737344300",
            "เลขบัตรประชาชนของฉันคือ 5 1447 93470 61 1",
            "| name | thai_id |\n|---|---|\n| Ada | 3104228690312 |",
        ])
        .not_in(&[
            "เลขบัตรประชาชน 1-2081-79188-63-6",
            "5660592361034",
            "order 3-4034-22464-76-1",
            "commit 3338512374880a9f33385",
            "no Thai ID in order 1056499002192",
            "เลขบัตรประชาชน 502365356135450237193",
        ]),
        layouts: &[&[13], &[1, 4, 5, 2, 1]],
        check: valid::th_id,
        words: &[
            "เลขบัตรประชาชน",
            "เลขประจำตัวประชาชน",
            "บัตรประชาชน",
            "เลขประจำตัว",
            "thai id",
            "thai national",
            "citizen id",
        ],
        checked: true,
        alone: Alone::Dashed(Confidence::Medium),
    },
    Kind {
        info: Info::new(
            "governmental/my_nric",
            "Malaysian MyKad number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("MY", "jpn.gov.my; date and place of birth")
        .found_in(&[
            "MyKad 960309-10-5094",
            "{\"mykad\": \"640724010934\"}",
            "name,mykad\nAda Weir,570620140365",
            "nombor kad pengenalan saya 790723-01-0908, terima kasih",
            "mykad=480724101115",
        ])
        .not_in(&[
            "MyKad 693927-14-4738",
            "801013140796",
            "order 460724-07-0022",
            "rows: 860720079218",
            "No. Kad Pengenalan? see ticket 521204013808",
            "MyKad 61062007348061067193",
        ]),
        layouts: &[&[12], &[6, 2, 4]],
        check: valid::my_nric,
        words: &[
            "mykad",
            "my kad",
            "nric",
            "kad pengenalan",
            "no kp",
            "no. kp",
            "ic no",
            "ic number",
            "ic",
            "malaysian id",
            "nombor kad pengenalan",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/id_nik",
            "Indonesian NIK",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ID", "dukcapil.kemendagri.go.id; region and birthday")
        .found_in(&[
            "NIK 3174355409600001",
            "{\"nik\": \"3174220910010080\"}",
            "name,nik\nAda Weir,3174395410650025",
            "nomor KTP saya 3174445412700076, tinggal di Jakarta",
            "No. KTP\n3174621107760062",
        ])
        .not_in(&[
            "NIK 3174120739700066",
            "3174245803020074",
            "order 3174566205570044",
            "trace_id=3174782305660005",
            "No. KTP missing, tracking number 3174812109770002",
            "NIK 317480600450004131747193",
        ]),
        layouts: &[&[16], &[4, 4, 4, 4]],
        check: valid::id_nik,
        words: &[
            "nik",
            "ktp",
            "no ktp",
            "nomor ktp",
            "nomor induk kependudukan",
            "e ktp",
            "no. ktp",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/id_npwp",
            "Indonesian taxpayer number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("ID", "pajak.go.id; Luhn")
        .found_in(&[
            "NPWP 67.322.152.9-042.001",
            "{\"npwp\": \"060735396300896\"}",
            "name,npwp\nAda Weir,807138912781062",
            "NPWP perusahaan kami 07.817.416.6-102.347, mohon dicatat",
            "<npwp>275713139005696</npwp>",
        ])
        .not_in(&[
            "NPWP 02.543.105.8-147.600",
            "421952789624370",
            "order 67.506.157.6-660.408",
            "offset 0.362043051467157 of the run",
            "no No. NPWP in order 779493774306905",
            "NPWP 47363564781216147367193",
        ]),
        layouts: &[&[15], &[2, 3, 3, 1, 3, 3]],
        check: valid::id_npwp,
        words: &["npwp", "nomor pokok wajib pajak", "no npwp"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ph_sss",
            "Philippine social security number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("PH", "sss.gov.ph; no check digit")
        .found_in(&[
            "SSS No. 32-9538087-7",
            "{\"sss_number\": \"09-5444867-2\"}",
            "name,sss_number\nAda Weir,08-4195169-0",
            "my SSS number is 34-6467103-2, thank you po",
            "INSERT INTO people (id, sss_number) VALUES (7, '37-4487812-9');",
        ])
        .not_in(&[
            "SSS No. 1111111111",
            "build 7.3580.131764",
            "order 03-9245182-6",
            "commit 0919961384a9f09199",
            "SSS? see ticket 32-0891292-3",
            "SSS No. 097645274409767193",
        ]),
        layouts: &[&[2, 7, 1]],
        check: valid::plain,
        words: &["sss", "sss no", "sss number", "umid", "crn"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ph_tin",
            "Philippine taxpayer number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("PH", "bir.gov.ph; no check digit")
        .found_in(&[
            "TIN 388-621-151-804",
            "{\"tin\": \"330-739-381-202\"}",
            "name,tin\nAda Weir,228-800-431-441",
            "the BIR says my TIN is 292-723-096-263",
            "| name | tin |\n|---|---|\n| Ada | 170-608-749-762 |",
        ])
        .not_in(&[
            "TIN 111111111111",
            "build 7.1428.24088168",
            "order 181-635-677-131",
            "rows: 244-168-583-783",
            "BIR TIN missing, tracking number 167-147-349-822",
            "TIN 39378101227739377193",
        ]),
        layouts: &[&[3, 3, 3, 3]],
        check: valid::plain,
        words: &["tin", "tin no", "bir", "bir tin", "tax identification number"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ph_psn",
            "Philippine PhilSys number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("PH", "philsys.gov.ph; no check digit")
        .found_in(&[
            "PhilSys 5815-0346-1873-1868",
            "{\"philsys\": \"1285561036056101\"}",
            "name,philsys\nAda Weir,4896876332097975",
            "my PhilSys number is 3534-8124-0381-5929, salamat",
            "philsys=7493702134052953",
        ])
        .not_in(&[
            "PhilSys 1111111111111111",
            "2314468690798075",
            "order 7868-5797-2930-5579",
            "trace_id=4654306982500032",
            "no PSN in order 5518650727409075",
            "PhilSys 124588767615677512457193",
        ]),
        layouts: &[&[16], &[4, 4, 4, 4]],
        check: valid::plain,
        words: &[
            "philsys",
            "phil sys",
            "psn",
            "pcn",
            "philid",
            "phil id",
            "philippine identification",
        ],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/vn_cccd",
            "Vietnamese citizen identity",
            Category::Governmental,
            Standing::Checked,
        )
        .from("VN", "dichvucong.gov.vn; province, century, year")
        .found_in(&[
            "CCCD 079048769288",
            "{\"cccd\": \"048192349399\"}",
            "name,cccd\nAda Weir,001033556285",
            "số CCCD của tôi là 079 117 609 447, cảm ơn",
            "Căn cước công dân\n079015152675",
        ])
        .not_in(&[
            "CCCD 000041813628",
            "048014716491",
            "order 001071765419",
            "offset 0.001067180475 of the run",
            "Căn cước công dân? see ticket 001178379340",
            "CCCD 00112481618500117193",
        ]),
        layouts: &[&[12], &[3, 3, 3, 3]],
        check: valid::vn_cccd,
        words: &[
            "cccd",
            "cmnd",
            "căn cước",
            "căn cước công dân",
            "can cuoc cong dan",
            "số cccd",
            "chứng minh nhân dân",
            "so cccd",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/pk_cnic",
            "Pakistani identity card",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("PK", "nadra.gov.pk; no check digit")
        .found_in(&[
            "CNIC 43932-0535280-5",
            "{\"cnic\": \"3687078351855\"}",
            "name,cnic\nAda Weir,4628466348091",
            "my CNIC is 36499-6766193-8, Lahore",
            "<cnic>3928229596462</cnic>",
        ])
        .not_in(&[
            "CNIC 00684-3809893-5",
            "3903121926904",
            "order 33976-0713299-6",
            "commit 3224779532642a9f32247",
            "NICOP missing, tracking number 4017226223061",
            "CNIC 491122661001749117193",
        ]),
        layouts: &[&[13], &[5, 7, 1]],
        check: valid::pk_cnic,
        words: &["cnic", "nicop", "nadra", "شناختی کارڈ", "cnic no", "cnic number"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/lk_nic",
            "Sri Lankan identity card",
            Category::Governmental,
            Standing::Checked,
        )
        .from("LK", "drp.gov.lk; year and day of birth")
        .found_in(&[
            "NIC 196505602654",
            "{\"nic_number\": \"200213073892\"}",
            "name,nic_number\nAda Weir,198832452955",
            "my NIC number is 196432202036, Colombo",
            "INSERT INTO people (id, nic_number) VALUES (7, '195513794212');",
        ])
        .not_in(&[
            "NIC 196440052243",
            "198621623611",
            "order 195817548787",
            "rows: 198422038029",
            "no NIC No in order 195421215802",
            "NIC 19953605338319957193",
        ]),
        layouts: &[&[12]],
        check: valid::lk_nic,
        words: &[
            "nic",
            "nic no",
            "nic number",
            "sri lanka nic",
            "sri lankan id",
            "ජාතික හැඳුනුම්පත",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/nz_ird",
            "New Zealand tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("NZ", "ird.govt.nz; weights mod 11")
        .found_in(&[
            "IRD 100-542-821",
            "{\"ird_number\": \"117838269\"}",
            "name,ird_number\nAda Weir,108337753",
            "my IRD number is 118-023-226, cheers",
            "| name | ird_number |\n|---|---|\n| Ada | 106087563 |",
        ])
        .not_in(&[
            "IRD 108-907-348",
            "111796982",
            "order 105-823-517",
            "trace_id=127072272",
            "IRD number? see ticket 113307455",
            "IRD 10162728410167193",
        ]),
        layouts: &[&[9], &[8], &[3, 3, 3], &[2, 3, 3]],
        check: valid::nz_ird,
        words: &["ird", "ird number", "ird no", "inland revenue"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/bd_nid",
            "Bangladeshi national id",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("BD", "nidw.gov.bd; no check digit")
        .found_in(&[
            "NID 5430828010",
            "{\"nid\": \"7221879511\"}",
            "name,nid\nAda Weir,4145223045",
            "my NID number is 6139643419, Dhaka",
            "nid=4211077529",
        ])
        .not_in(&[
            "NID 1111111111",
            "5893750538",
            "order 5440689794",
            "offset 0.7662368420 of the run",
            "এনআইডি missing, tracking number 6628733478",
            "NID 363088488236307193",
        ]),
        layouts: &[&[10], &[13], &[17]],
        check: valid::plain,
        words: &["nid", "nid no", "nid number", "জাতীয় পরিচয়পত্র", "এনআইডি"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ng_nin",
            "Nigerian national identification number",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("NG", "nimc.gov.ng; no check digit")
        .found_in(&[
            "NIN 20372137655",
            "{\"nin\": \"60974097099\"}",
            "name,nin\nAda Weir,34563303434",
            "my NIN number is 3165-276-7019, Lagos",
            "NIMC NIN\n61007808582",
        ])
        .not_in(&[
            "NIN 11111111111",
            "73560045228",
            "order 14435872221",
            "commit 78878272498a9f78878",
            "no NIMC NIN in order 52373542925",
            "NIN 6631986275166317193",
        ]),
        layouts: &[&[11], &[4, 3, 4]],
        check: valid::plain,
        words: &["nin", "nin number", "nimc", "national identification number"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/ke_id",
            "Kenyan identity card",
            Category::Governmental,
            Standing::Contextual,
        )
        .from("KE", "immigration.go.ke; no check digit")
        .found_in(&[
            "Kenyan ID 37868524",
            "{\"kenya_id\": \"22189770\"}",
            "name,kenya_id\nAda Weir,33734098",
            "kitambulisho changu ni kitambulisho 17291059, Nairobi",
            "<kenya_id>27290859</kenya_id>",
        ])
        .not_in(&[
            "Kenyan ID 11111111",
            "24710944",
            "order 19641781",
            "rows: 27134414",
            "Kitambulisho? see ticket 26574247",
            "Kenyan ID 1479115114797193",
        ]),
        layouts: &[&[8]],
        check: valid::plain,
        words: &["kenyan id", "kenya id", "kitambulisho", "huduma"],
        checked: false,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/jp_corporate",
            "Japanese corporate number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("JP", "houjin-bangou.nta.go.jp; mod 9")
        .found_in(&[
            "法人番号 5807055415077",
            "{\"corporate_number\": \"3344518434759\"}",
            "name,corporate_number\nAda Weir,1298845104027",
            "弊社の法人番号は7-0166-9065-1173です",
            "INSERT INTO people (id, corporate_number) VALUES (7, '8671323728711');",
        ])
        .not_in(&[
            "法人番号 4735561115869",
            "7614701191913",
            "注文番号 7661802592028",
            "trace_id=2130073750514",
            "Corporate Number missing, tracking number 5471340760587",
            "法人番号 799533895096379957193",
        ]),
        layouts: &[&[13], &[1, 4, 4, 4]],
        check: valid::jp_corporate,
        words: &["法人番号", "corporate number", "houjin bangou"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/kr_brn",
            "Korean business registration number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("KR", "nts.go.kr; weights mod 10")
        .found_in(&[
            "사업자등록번호 250-84-75687",
            "{\"사업자등록번호\": \"2418735931\"}",
            "name,사업자등록번호\nAda Weir,3908214460",
            "저희 회사 사업자등록번호는 504-82-62203입니다",
            "| name | 사업자등록번호 |\n|---|---|\n| Ada | 6348367879 |",
        ])
        .not_in(&[
            "사업자등록번호 353-84-91653",
            "6608528068",
            "주문번호 560-82-81869",
            "offset 0.1578511396 of the run",
            "no Business Registration Number in order 2868377178",
            "사업자등록번호 495898371449587193",
        ]),
        layouts: &[&[10], &[3, 2, 5]],
        check: valid::kr_brn,
        words: &[
            "사업자등록번호",
            "사업자번호",
            "사업자 등록번호",
            "business registration number",
            "brn",
        ],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/au_abn",
            "Australian business number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AU", "abr.business.gov.au; mod 89")
        .found_in(&[
            "ABN 13 850 598 919",
            "{\"abn\": \"93639553228\"}",
            "name,abn\nAda Weir,61827762811",
            "please invoice ABN 95 347 913 455, Perth",
            "abn=34940393751",
        ])
        .not_in(&[
            "ABN 74 334 797 118",
            "87264281669",
            "order 56 420 275 440",
            "commit 22708242777a9f22708",
            "Australian Business Number? see ticket 19605733176",
            "ABN 5806404739558067193",
        ]),
        layouts: &[&[11], &[2, 3, 3, 3]],
        check: valid::au_abn,
        words: &["abn", "australian business number", "abn no"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/au_acn",
            "Australian company number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("AU", "asic.gov.au; weights mod 10")
        .found_in(&[
            "ACN 059 271 439",
            "{\"acn\": \"176334295\"}",
            "name,acn\nAda Weir,198264863",
            "the company, ACN 100 880 699, is in Hobart",
            "Australian Company Number\n151217373",
        ])
        .not_in(&[
            "ACN 147 978 551",
            "075592371",
            "order 108 137 051",
            "rows: 179863364",
            "Australian Company Number missing, tracking number 179753363",
            "ACN 08166700308167193",
        ]),
        layouts: &[&[9], &[3, 3, 3]],
        check: valid::au_acn,
        words: &["acn", "australian company number", "arbn"],
        checked: true,
        alone: Alone::Never,
    },
    Kind {
        info: Info::new(
            "governmental/tr_vkn",
            "Turkish tax number",
            Category::Governmental,
            Standing::Checked,
        )
        .from("TR", "gib.gov.tr; weights mod 10")
        .found_in(&[
            "VKN 7691825561",
            "{\"vkn\": \"6322370994\"}",
            "name,vkn\nAda Weir,8060406517",
            "Şirketin vergi numarası 8646902791, teşekkürler",
            "<vkn>1752058373</vkn>",
        ])
        .not_in(&[
            "VKN 5875631224",
            "6577909540",
            "sipariş 1279648085",
            "trace_id=4148072277",
            "no Vergi kimlik no in order 5630913091",
            "VKN 826095920982607193",
        ]),
        layouts: &[&[10]],
        check: valid::tr_vkn,
        words: &[
            "vergi no",
            "vergi numarası",
            "vkn",
            "vergi kimlik",
            "vergi kimlik no",
            "vergi kimlik numarası",
            "vergi numarasi",
            "vergi kimlik numarasi",
        ],
        checked: true,
        alone: Alone::Never,
    },
];
