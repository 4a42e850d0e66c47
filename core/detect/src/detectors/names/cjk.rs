//! Names in Chinese, Japanese and Korean letters: a family name of the list, one to three letters, and a word beside
//! them that says it is a person. Without such a word nothing is reported: the letters are those of ordinary words.

use crate::page::Page;
use crate::phrases::{Index, Sorted};
use std::ops::Range;

/// Words behind which a name stands.
#[rustfmt::skip]
pub(super) const AHEAD: [&str; 103] = [
    "姓名", "客户", "客戶", "联系人", "聯絡人", "患者", "病人", "员工", "員工", "收件人", "寄件人", "负责人", "經辦人", "经办人", "申请人", "申請人", "持卡人",
    "户名", "戶名", "借款人", "我叫", "我是", "我的名字是", "我的名字叫", "名字叫", "氏名", "お名前", "名前", "担当者", "担当", "契約者", "申込者", "口座名義",
    "名義人", "宛名", "差出人", "私は", "이름", "성명", "성함", "고객명", "고객", "담당자", "환자", "수취인", "예금주", "저는", "받는 사람", "보내는 사람", "수신인", "발신인", "신청인", "收货人", "发件人", "お客様名", "患者名", "顧客名",
    "従業員名", "契約者名", "被保険者", "依頼者", "受取人", "主治医", "担当医", "責任者", "利用者名", "会員名", "投保人", "被保险人", "收款人", "付款人", "被保險人", "监护人", "환자명", "받는 분", "보내는 분", "직원명", "수령인", "가입자", "피보험자", "예약자", "임차인", "근로자",
    "邮件给", "写信给", "打电话给", "转交给", "请联系", "经理:", "经理：", "主管:", "主管：",
    "名義", "报案人", "報案人", "投诉人", "投訴人", "신고인", "個人番号", "身份证号码", "身份证号", "身分證字號", "주민등록번호",
];

/// Those of [`AHEAD`] that name a number: whose it is stands behind it.
const NUMBERS: [&str; 5] = ["個人番号", "身份证号码", "身份证号", "身分證字號", "주민등록번호"];

/// Words before which a name stands.
#[rustfmt::skip]
pub(super) const BEHIND: [&str; 26] = [
    "고객님", "회원님", "환자분",
    "先生", "女士", "小姐", "经理", "老师", "医生", "同学", "教授", "様", "さま", "さん", "氏", "殿", "くん", "ちゃん", "님", "씨", "과장", "대리", "팀장", "と申します", "といいます", "收",
];

/// Greetings and employers, behind which people say who they are: `お世話になっております。佐藤です`, `株式会社…の佐藤です`.
pub(super) const BEFORE_SELF: [&str; 5] = ["おります。", "株式会社", "합니다. ", "안녕하세요", "有限会社"];

/// Which language's rules a name follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Han,
    Hangul,
    Kana,
}

fn script(letter: char) -> Option<Script> {
    match letter {
        '\u{4E00}'..='\u{9FFF}' | '々' => Some(Script::Han),
        '\u{AC00}'..='\u{D7A3}' => Some(Script::Hangul),
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | 'ー' | '・' => Some(Script::Kana),
        _ => None,
    }
}

/// The name that begins behind a word of [`AHEAD`] which ends at `from`.
pub(super) fn behind_label(page: &Page<'_>, from: usize) -> Option<Range<usize>> {
    let rest = page.text.get(from..)?;
    // A particle belongs to the label when it stands right behind it.
    let particle = ['는', '은', '이', 'は', '의', 'の', 'を']
        .iter()
        .find(|particle| rest.starts_with(**particle));
    let from = from + particle.map_or(0, |particle| particle.len_utf8());
    let rest = page.text.get(from..)?;
    if let Some(below) = rest.strip_prefix('\n') {
        return alone(below).map(|name| from + 1..from + 1 + name);
    }
    let marks = rest
        .char_indices()
        .take(8)
        .find(|(_, letter)| {
            !matches!(
                letter,
                ' ' | '('
                    | '（'
                    | ':'
                    | '：'
                    | '　'
                    | '"'
                    | '='
                    | '「'
                    | '\t'
                    | '为'
                    | '為'
                    | '是'
                    | ','
                    | '*'
                    | '】'
                    | '］'
                    | ']'
                    | ')'
                    | '）'
                    | '/'
                    | '／'
                    | '-'
                    | '|'
                    | '>'
            )
        })
        .map(|(at, _)| at)?;
    let start = from + marks;
    let rest = page.text.get(start..)?;
    let number = number_length(rest);
    if number == 0
        && NUMBERS
            .iter()
            .any(|label| page.text.get(..from).is_some_and(|head| head.ends_with(label)))
    {
        return None;
    }
    let start = start + number;
    let rest = rest.get(number..)?;
    // The next label of a form.
    if FIELDS.iter().chain(&AHEAD).any(|field| rest.starts_with(field)) {
        return None;
    }
    let name = name_at(rest)?;
    Some(start..start + name)
}

/// The length of the number of a person and of what sets it apart from the name behind it: `個人番号 9230-4484-0155　佐藤 健一`.
fn number_length(text: &str) -> usize {
    const FEWEST: usize = 9;
    let number = text.len()
        - text
            .trim_start_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '-' | ' '))
            .len();
    let digits = text.bytes().take(number).filter(u8::is_ascii_digit).count();
    let behind = text.get(number..).unwrap_or_default();
    let gap = behind.len()
        - behind
            .trim_start_matches(['　', '，', '、', ',', '(', '（', '/', '／', '|'])
            .len();
    if digits >= FEWEST { number + gap } else { 0 }
}

/// The length of a name that is all there is on its line.
fn alone(text: &str) -> Option<usize> {
    let name = name_at(text)?;
    let rest = text.get(name..)?;
    (rest.is_empty() || rest.starts_with(['\n', '\r'])).then_some(name)
}

/// Labels and words that begin like names.
const FIELDS: [&str; 19] = [
    "高级",
    "方式",
    "管理",
    "任何",
    "全体",
    "全部",
    "高层",
    "安全",
    "经理",
    "연락처",
    "배송지",
    "이메일",
    "전화",
    "주소",
    "생년월일",
    "방문일",
    "주문",
    "문의",
    "안내",
];

/// The name somebody gives of themselves behind a word of [`BEFORE_SELF`] which ends at `from`.
pub(super) fn of_self(page: &Page<'_>, from: usize) -> Option<Range<usize>> {
    const EMPLOYER: usize = 18;
    const SAID: [&str; 7] = ["です", "と申", "でございます", "입니다", "이라고", "라고", "예요"];
    let rest = page.text.get(from..)?;
    let sentence = rest.split(['。', '\n', '、', '，']).next()?;
    let employer = sentence
        .char_indices()
        .take(EMPLOYER)
        .filter(|(_, letter)| *letter == 'の')
        .map(|(at, letter)| at + letter.len_utf8());
    let blank = rest.len() - rest.trim_start_matches([' ', ',', '.', '!', '\n']).len();
    std::iter::once(blank).chain(employer).find_map(|at| {
        let name = name_at(rest.get(at..)?)?;
        let said = rest.get(at + name..)?;
        let says = SAID.iter().any(|word| said.starts_with(word));
        says.then(|| from + at..from + at + name)
    })
}

/// The name that ends where a word of [`BEHIND`] begins, at `to`.
pub(super) fn before_title(page: &Page<'_>, to: usize) -> Option<Range<usize>> {
    let head = page.text.get(..to)?;
    let to = to - usize::from(head.ends_with(' '));
    let letters: Vec<(usize, char)> = page.text.get(..to)?.char_indices().rev().take(8).collect();
    // The longest name first; what stands before it must not belong to the same word.
    let starts = (1..letters.len().min(7)).rev().map(|index| letters[index].0);
    if page.has(to, RECEIVES) {
        return receiver(page, &letters, to);
    }
    // These stand behind nothing but people, so that a whole name needs no border before it.
    let polite = ["先生", "女士", "小姐"]
        .iter()
        .any(|title| page.text[to..].starts_with(title));
    starts
        .filter(|start| name_at(&page.text[*start..to]).is_some_and(|length| start + length == to))
        .find(|start| begins(page, *start) || polite && to - start == 9)
        .map(|start| start..to)
}

/// What a parcel is addressed with, and what is a verb as well.
const RECEIVES: &str = "收";

/// `请放前台，王小明收`: a name of three letters that is all of a clause, with the word of [`RECEIVES`] at `to`.
fn receiver(page: &Page<'_>, letters: &[(usize, char)], to: usize) -> Option<Range<usize>> {
    const ADVERBS: &str = "已未可不代签待应再就来要会能先后没全";
    let after = page.text.get(to + RECEIVES.len()..)?.chars().next();
    let ends = after.is_none_or(|after| script(after).is_none() && !after.is_alphanumeric());
    let start = letters.get(2)?.0;
    let border = letters.get(3).is_none_or(|(_, letter)| script(*letter).is_none());
    let adverb = letters.iter().take(3).any(|(_, letter)| ADVERBS.contains(*letter));
    (ends && border && !adverb && is_name(page.text.get(start..to)?)).then_some(start..to)
}

/// True when no word of the same letters runs into the name.
fn begins(page: &Page<'_>, start: usize) -> bool {
    const SMALL: &str = "的是在和了请找跟与给对向由被为问系访知告拜约见は、がをにのでとも고와과의";
    page.text[..start]
        .chars()
        .next_back()
        .is_none_or(|letter| script(letter).is_none() || SMALL.contains(letter))
}

/// True for a name and nothing else.
pub(super) fn is_name(text: &str) -> bool {
    name_at(text) == Some(text.len())
}

/// The length in bytes of the name at the start of the text.
fn name_at(text: &str) -> Option<usize> {
    let family = family(text)?;
    let rest = &text[family.len()..];
    let first = text.chars().next().and_then(script)?;
    let given = if first == Script::Hangul {
        hangul_given(rest)?
    } else {
        han_given(family, rest)?
    };
    Some(family.len() + given)
}

/// The longest family name of the lists that the text begins with.
fn family(text: &str) -> Option<&'static str> {
    let lists = [JAPANESE, CHINESE_PAIRS, CHINESE, KOREAN].into_iter();
    let alike = lists.flat_map(|list| list.starting(text.as_bytes()));
    alike.max_by_key(|family| family.len())
}

/// Two syllables, and then no third but a particle.
fn hangul_given(rest: &str) -> Option<usize> {
    const AFTER: &str = "은는이가을를의에님씨과와께도로고입";
    let mut letters = rest.char_indices();
    letters
        .next()
        .filter(|(_, letter)| script(*letter) == Some(Script::Hangul))?;
    letters
        .next()
        .filter(|(_, letter)| script(*letter) == Some(Script::Hangul))?;
    match letters.next() {
        None => Some(rest.len()),
        Some((at, letter)) if script(letter) != Some(Script::Hangul) || AFTER.contains(letter) => Some(at),
        // `김민수 과장` has its title behind a space; what goes on without one is a word.
        Some((at, _)) if BEHIND.iter().any(|title| rest[at..].starts_with(title)) => Some(at),
        Some(_) => None,
    }
}

/// One to three letters; the word they end is found by what follows.
fn han_given(family: &str, rest: &str) -> Option<usize> {
    const ENDS: &[&str] = &[
        "です", "と申", "とい", "さん", "様", "さま", "氏", "殿", "は", "が", "の", "に", "を", "と", "先生", "女士",
        "小姐", "经理", "老师", "医生", "同学", "教授", "的", "是", "在", "和", "了", "身份", "电话", "手机", "住",
        "来自", "，",
    ];
    let spaced = rest.starts_with([' ', '　']);
    let gap = if spaced {
        rest.chars().next().map_or(0, char::len_utf8)
    } else {
        0
    };
    let given = &rest[gap..];
    let japanese = spaced || JAPANESE.has(family) && family.chars().count() >= 2;
    let mut length = 0;
    let mut count = 0;
    for (at, letter) in given.char_indices() {
        let kind = script(letter);
        if kind.is_none()
            || kind == Some(Script::Hangul)
            || kind == Some(Script::Kana) && !japanese
            || count > 0 && ENDS.iter().any(|end| given[at..].starts_with(end))
        {
            break;
        }
        count += 1;
        length = at + letter.len_utf8();
        if count == if japanese { 3 } else { 2 } {
            break;
        }
    }
    let after = &given[length..];
    let open = after.chars().next().and_then(script).is_some() && !ENDS.iter().any(|end| after.starts_with(end));
    (count > 0 && !(open && count < 2)).then_some(gap + length)
}

/// A list of names with blanks between them.
macro_rules! families {
    ($names:literal) => {{
        const NAMES: [&str; count($names)] = split($names);
        &Sorted::by_start(NAMES)
    }};
}

const fn count(names: &str) -> usize {
    let (mut count, mut at) = (1, 0);
    while at < names.len() {
        count += (names.as_bytes()[at] == b' ') as usize;
        at += 1;
    }
    count
}

const fn split<const N: usize>(names: &'static str) -> [&'static str; N] {
    let (mut all, mut filled, mut rest, mut at) = ([""; N], 0, names, 0);
    while filled + 1 < N {
        if rest.as_bytes()[at] == b' ' {
            let (name, behind) = rest.split_at(at);
            all[filled] = name;
            (filled, rest, at) = (filled + 1, behind.split_at(1).1, 0);
        } else {
            at += 1;
        }
    }
    all[filled] = rest;
    all
}

static CHINESE: &Index = families!(
    "王 李 张 張 刘 劉 陈 陳 杨 楊 黄 黃 赵 趙 吴 吳 周 徐 孙 孫 马 馬 朱 胡 郭 何 高 林 罗 羅 郑 鄭 梁 谢 謝 宋 唐 许 許 韩 韓 冯 馮 邓 鄧 曹 彭 曾 肖 田 董 袁 潘 于 蒋 蔣 蔡 余 杜 叶 葉 程 苏 蘇 魏 吕 呂 丁 任 沈 姚 卢 盧 姜 崔 钟 鍾 谭 譚 陆 陸 汪 范 金 石 廖 贾 賈 夏 韦 韋 付 方 白 邹 鄒 孟 熊 秦 邱 江 尹 薛 闫 段 雷 侯 龙 龍 史 陶 黎 贺 賀 顾 顧 毛 郝 龚 龔 邵 万 萬 钱 錢 严 嚴 覃 武 戴 莫 孔 向 汤 湯 常 温 康 施 文 牛 樊 葛 邢 安 齐 易 乔 伍 庞 颜 倪 庄 聂 章 鲁 岳 翟 殷 詹 申 欧 耿 关 兰 焦 俞 左 柳 甘 祝 包 宁 尚 符 舒 阮 柯 纪 梅 童 凌 毕 单 季 裴 霍 涂 成 苗 谷 盛 曲 翁 冉 骆 蓝 路 游 辛 靳 管 柴 蒙 鲍 华 喻 祁 蒲 房 滕 屈 饶 解 牟 艾 尤 阳 时 穆 农 司 卓 古 吉 缪 简 车 项 连 芦 麦 褚 娄 窦 戚 岑 景 党 宫 费 卜 冷 晏 席 卫 米 柏 宗 瞿 桂 全 佟 应 臧 闵 苟 邬 边 卞 姬 师 和 仇 栾 隋 商 刁 沙 荣 巫 寇 桑 郎 甄 丛 仲 虞 敖 巩 明 佘 池 查 麻 苑 迟 邝"
);
static CHINESE_PAIRS: &Index =
    families!("欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 端木 南宫 独孤");
static KOREAN: &Index = families!(
    "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 유 전 홍 고 문 양 손 배 백 허 남 심 노 하 곽 성 차 주 우 구 민 진 지 엄 채 원 천 방 공 현 함 변 염 여 추 도 소 석 선 설 마 길 연 위 표 명 기 반 라 왕 금 옥 육 인 맹 제 모 남궁 황보 제갈 선우"
);
static JAPANESE: &Index = families!(
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 齋藤 斉藤 清水 山崎 阿部 森 池田 橋本 山下 石川 中島 前田 藤田 後藤 小川 岡田 村上 長谷川 近藤 石井 坂本 遠藤 藤井 青木 福田 三浦 西村 藤原 太田 松田 原田 岡本 中野 中川 小野 田村 竹内 金子 和田 中山 石田 上田 森田 原 柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本 河野 小島 村田 武田 上野 杉山 増田 平野 菅原 小山 久保 大塚 千葉 松井 岩崎 木下 野口 松尾 菊地 菊池 野村 新井 佐野 渡部 杉本 大西 古川 浜田 市川 小松 高野 水野 桜井 吉川 山内 西田 西川 川口 永井 五十嵐 北村 安田 中田 川崎 平田 東 飯田 吉村 本田 久保田 沢田 辻 関 岩田 服部 樋口 福島 川上 永田 田口 松岡 山中 土屋 森本 矢野 秋山 小田 望月 広瀬 石原 松下 大橋 松浦 吉岡 小池 馬場 浅野 荒木 大久保 熊谷 野田 川村 田辺 星野 大谷 黒田 堀 尾崎 岡崎 松原 松村 篠原 平井 大島 西山 早川 内藤 片山 菅野 岡 本間 望 萩原 成田 須藤 小沢 栗原 桑原 八木 白石 大石 三宅 奥村 牧野 根本 土井 石塚 神田 奥田 河合 片岡 大川 坂井 大森 小西 杉浦 天野 富田 北川 堀田 飯塚 関口 岸 向井 稲垣"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn behind<'t>(text: &'t str, label: &str) -> Option<&'t str> {
        let at = text.find(label)? + label.len();
        behind_label(&Page::new(text), at).map(|span| &text[span])
    }

    fn before<'t>(text: &'t str, title: &str) -> Option<&'t str> {
        before_title(&Page::new(text), text.find(title)?).map(|span| &text[span])
    }

    #[test]
    fn names_stand_behind_labels() {
        assert_eq!(behind("姓名：王小明，电话", "姓名"), Some("王小明"));
        assert_eq!(behind("我叫欧阳娜娜。", "我叫"), Some("欧阳娜娜"));
        assert_eq!(behind("氏名: 佐藤 健一", "氏名"), Some("佐藤 健一"));
        assert_eq!(behind("私は田中花子です。", "私は"), Some("田中花子"));
        assert_eq!(behind("이름: 김민수", "이름"), Some("김민수"));
        assert_eq!(behind("저는 박지영입니다", "저는"), Some("박지영"));
        assert_eq!(behind("我是工程师", "我是"), None);
        assert_eq!(behind("이름 없음", "이름"), None);
        assert_eq!(
            behind("個人番号 9230-4484-0155　佐藤 健一", "個人番号"),
            Some("佐藤 健一")
        );
        assert_eq!(behind("個人番号 12-345　佐藤 健一", "個人番号"), None);
        assert_eq!(behind("身份证号和手机号码", "身份证号"), None);
    }

    #[test]
    fn names_stand_before_titles() {
        assert_eq!(before("请联系李建国先生。", "先生"), Some("李建国"));
        assert_eq!(before("山田太郎様", "様"), Some("山田太郎"));
        assert_eq!(before("이영희 씨가", "씨"), Some("이영희"));
        assert_eq!(before("田中さん", "さん"), None);
        assert_eq!(before("请放前台，王小明收", "收"), Some("王小明"));
        assert_eq!(before("请放前台，王小明收到了", "收"), None);
        assert_eq!(before("请放前台，高先后收", "收"), None);
    }
}
