//! Addresses written from the large to the small: Japan, China, Korea.

use crate::page::{Listed, Page};
use crate::phrases::{Index, Sorted};
use std::ops::Range;

/// Where one may begin or is sure to be.
pub(super) const MARKS: [&str; 20] = [
    "〒", "丁目", "番地", "県", "都", "道", "府", "区", "路", "街", "大街", "号", "로 ", "길 ", "동 ", "大道", "巷",
    "路口", "弄", "番",
];

fn is_part(letter: char) -> bool {
    matches!(letter, '\u{4E00}'..='\u{9FFF}' | '々' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}' | '0'..='9' | '０'..='９' | '-' | '－' | '−' | 'A'..='Z' | '#')
}

/// The address around the mark at `at`.
pub(super) fn around(page: &Page<'_>, at: usize) -> Option<Range<usize>> {
    let head = page.text.get(..at)?;
    let tail = page.text.get(at..)?;
    if tail.starts_with('〒') {
        return postal(page, at);
    }
    if tail.starts_with(['로', '길', '동']) {
        return korean(page, at);
    }
    if !has_digit_near(page, at) {
        return None;
    }
    let start = head
        .char_indices()
        .rev()
        .take(40)
        .take_while(|(_, letter)| is_part(*letter))
        .last()
        .map_or(at, |(place, _)| place);
    let end = at
        + tail
            .char_indices()
            .take(60)
            .find(|(_, letter)| !is_part(*letter))
            .map_or(
                tail.len()
                    .min(tail.char_indices().nth(60).map_or(tail.len(), |(place, _)| place)),
                |(place, _)| place,
            );
    let run = page.text.get(start..end)?;
    let offset = begin(run)?;
    let address = trim(&run[offset..]);
    is_address(address).then(|| start + offset..start + offset + address.len())
}

/// False where no address can be: each has a number in it.
fn has_digit_near(page: &Page<'_>, at: usize) -> bool {
    const BEFORE: usize = 40 * 4;
    const BEHIND: usize = 60 * 4;
    let start = page.text.ceil_char_boundary(at.saturating_sub(BEFORE));
    let end = page.text.ceil_char_boundary(at + BEHIND);
    page.lists(Listed::Digits, start..end, '０'.len_utf8(), |text| {
        text.bytes().any(|byte| byte.is_ascii_digit()) || text.contains(|c| ('０'..='９').contains(&c))
    })
}

/// `〒150-0001 東京都渋谷区神宮前1-2-3`
fn postal(page: &Page<'_>, at: usize) -> Option<Range<usize>> {
    let rest = page.text.get(at + '〒'.len_utf8()..)?;
    let code = rest
        .char_indices()
        .take(10)
        .take_while(|(_, c)| c.is_ascii_digit() || matches!(c, '-' | ' ' | '　' | '－' | '０'..='９'))
        .last()?;
    let from = at + '〒'.len_utf8() + code.0 + code.1.len_utf8();
    let place = page.text.get(from..)?;
    let length = place
        .char_indices()
        .take(60)
        .take_while(|(_, letter)| is_part(*letter))
        .last()
        .map_or(0, |(at, letter)| at + letter.len_utf8());
    let address = trim(place.get(..length)?);
    (address.chars().count() >= 5).then(|| at..from + address.len())
}

/// Where the address begins inside a run of letters: at a prefecture, a province or a city.
fn begin(run: &str) -> Option<usize> {
    #[rustfmt::skip]
    static PLACES: &Index = &Sorted::by_start([
        "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県",
        "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
        "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県",
        "鹿児島県", "沖縄県", "横浜市", "大阪市", "名古屋市", "札幌市", "福岡市", "京都市", "神戸市", "川崎市", "北京", "上海", "天津", "重庆", "河北省",
        "山西省", "辽宁省", "吉林省", "黑龙江省", "江苏省", "浙江省", "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省", "海南省",
        "四川省", "贵州省", "云南省", "陕西省", "甘肃省", "青海省", "台北市", "新北市", "台中市", "高雄市", "内蒙古", "广西", "西藏", "宁夏", "新疆", "广州市",
        "深圳市", "杭州市", "南京市", "成都市", "武汉市", "西安市", "苏州市", "长沙市", "青岛市", "郑州市", "大连市", "厦门市", "宁波市", "合肥市", "济南市",
        "沈阳市", "佛山市", "东莞市", "无锡市", "福州市", "昆明市", "哈尔滨市", "中国",
    ]);
    let known = PLACES.find(run.as_bytes(), |_, _| true);
    known.map(|(at, _)| at).or_else(|| is_municipality(run).then_some(0))
}

/// A town of any name and a number of parts, `仙台市青葉区本町3-15-1`: the name is short, and nothing stands before it.
fn is_municipality(run: &str) -> bool {
    const LONGEST: usize = 5;
    let Some(at) = run
        .chars()
        .take(LONGEST + 1)
        .position(|letter| matches!(letter, '市' | '郡'))
    else {
        return false;
    };
    let rest: String = run.chars().skip(at + 1).take(8).collect();
    let parted = rest.contains(['区', '町', '村', '丁']) || rest.contains(|letter: char| letter.is_ascii_digit());
    let digits = run.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    at > 0 && parted && (digits.contains('-') || digits.contains("丁目") || digits.contains('番'))
}

fn trim(run: &str) -> &str {
    static ENDS: &Index = &Sorted::by_start(["です", "に住", "在住", "まで", "にお", "への", "から", "，", "に"]);
    let end = ENDS.find(run.as_bytes(), |_, _| true).map_or(run.len(), |(at, _)| at);
    let run = run[..end].trim_end_matches('-');
    // The label of the next field may touch the last number: `2-18-7TEL`.
    let plain = run.trim_end_matches(|letter: char| letter.is_ascii_uppercase());
    if run.len() - plain.len() >= 3 { plain } else { run }
}

/// A part of a city, and a number.
fn is_address(text: &str) -> bool {
    let numbered = text
        .chars()
        .any(|letter| letter.is_ascii_digit() || ('０'..='９').contains(&letter));
    let chinese = ["路", "街", "道", "巷", "弄"].iter().any(|mark| text.contains(mark))
        && ["号", "號", "室", "栋", "楼"].iter().any(|mark| text.contains(mark));
    let japanese = ["区", "市", "町", "村", "郡"].iter().any(|mark| text.contains(mark))
        && (text.contains('-') || text.contains("丁目") || text.contains('番') || text.contains('－'));
    numbered && (chinese || japanese)
}

/// `서울특별시 강남구 테헤란로 123`, `경기도 성남시 분당구 정자동 178-1`
fn korean(page: &Page<'_>, at: usize) -> Option<Range<usize>> {
    const CITIES: &[&str] = &[
        "서울",
        "부산",
        "대구",
        "인천",
        "광주",
        "대전",
        "울산",
        "세종",
        "경기",
        "강원",
        "충청",
        "충북",
        "충남",
        "전라",
        "전북",
        "전남",
        "경상",
        "경북",
        "경남",
        "제주",
        "수원시",
        "성남시",
        "고양시",
        "용인시",
        "창원시",
        "청주시",
    ];
    let head = page.text.get(..at)?;
    let from = head.char_indices().rev().take(36).last().map_or(0, |(place, _)| place);
    let window = page.text.get(from..at)?;
    let start = CITIES.iter().filter_map(|city| window.rfind(city)).min()?;
    let between = &window[start..];
    let parts = between
        .split(' ')
        .filter(|part| part.ends_with(['시', '군', '구', '도', '읍', '면']))
        .count();
    let number = at + page.text.get(at..)?.find(' ')? + 1;
    let digits = page
        .text
        .get(number..)?
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'-')
        .count();
    let mut end = number + digits;
    for mark in ["번길", "번지"] {
        if page.text.get(end..)?.starts_with(mark) {
            end += mark.len();
        }
    }
    (digits > 0 && parts > 0).then(|| from + start..with_flat(page, end))
}

/// `, 101동 1203호`
fn with_flat(page: &Page<'_>, end: usize) -> usize {
    let Some(rest) = page.text.get(end..) else { return end };
    let flat = rest
        .char_indices()
        .take(20)
        .take_while(|(_, c)| c.is_ascii_digit() || matches!(c, ' ' | ',' | '동' | '호' | '층'))
        .last();
    match flat {
        Some((at, '동' | '호' | '층')) => end + at + '호'.len_utf8(),
        _ => end,
    }
}
