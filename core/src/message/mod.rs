//! The text that a sender delivers.

mod template;

use crate::error::{Error, Result};
use crate::types::{Channel, Code};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use template::{Fields, Template};

/// The stock texts, by language. A host's own template of a language goes before them.
const STOCK: &[(&str, &str, &str)] = &[
    (
        "en",
        "Your code is {code}. It is valid for {minutes} min.",
        "{code} is your {brand} code. It is valid for {minutes} min.",
    ),
    (
        "zh",
        "您的验证码是 {code}，{minutes} 分钟内有效。",
        "【{brand}】您的验证码是 {code}，{minutes} 分钟内有效。",
    ),
    (
        "de",
        "Ihr Code ist {code}. Er gilt {minutes} Min.",
        "{code} ist Ihr Code für {brand}. Er gilt {minutes} Min.",
    ),
    (
        "es",
        "Su código es {code}. Vale {minutes} min.",
        "{code} es su código de {brand}. Vale {minutes} min.",
    ),
    (
        "fr",
        "Votre code est {code}. Il est valable {minutes} min.",
        "{code} est votre code {brand}. Il est valable {minutes} min.",
    ),
    (
        "nl",
        "Uw code is {code}. Hij is {minutes} min geldig.",
        "{code} is uw code voor {brand}. Hij is {minutes} min geldig.",
    ),
];

/// All texts of a client.
pub(crate) struct Messages {
    brand: String,
    /// Language tag in lower case, and text; the host's own first.
    texts: Vec<(String, Template)>,
    web_host: Option<String>,
    /// Which of the texts serves whoever names no language.
    english: usize,
}

impl Messages {
    pub(crate) fn new(brand: &str, own: &IndexMap<String, String>, web_host: Option<&str>) -> Result<Messages> {
        let brand = check_line("brand", brand, 40)?;
        let mut texts = Vec::new();
        for (language, text) in own {
            let path = format!("templates.{language}");
            let template = Template::parse(text).map_err(|why| Error::invalid_settings(path, why))?;
            texts.push((tag(language), template));
        }
        for (language, plain, branded) in STOCK {
            let text = if brand.is_empty() { plain } else { branded };
            texts.push((
                (*language).to_owned(),
                Template::parse(text).expect("the stock texts are templates"),
            ));
        }
        let web_host = web_host.map(check_host).transpose()?;
        let english = texts.iter().position(|(language, _)| language == "en");
        Ok(Messages {
            brand,
            texts,
            web_host,
            english: english.expect("English is among the stock texts"),
        })
    }

    /// The text of a message in the language asked for, or the nearest that there is.
    pub(crate) fn render(
        &self,
        locale: Option<&str>,
        channel: &Channel,
        code: &Code,
        ttl_ms: u64,
        values: &BTreeMap<String, String>,
    ) -> Result<String> {
        let fields = Fields {
            code: code.expose(),
            brand: &self.brand,
            minutes: ttl_ms.div_ceil(60_000),
            values,
        };
        let mut text = self.template(locale).render(&fields).map_err(|missing| {
            Error::invalid_input(
                "values",
                format!("the template of this message needs a value for {{{missing}}}"),
            )
        })?;
        if let (Some(host), true) = (&self.web_host, *channel == Channel::SMS) {
            // The line has to be the last of the message, and alone on it.
            for part in ["\n\n@", host, " #", code.expose()] {
                text.push_str(part);
            }
        }
        Ok(text)
    }

    /// `zh-Hant-TW` is served by `zh-hant-tw`, else `zh-hant`, else `zh`, else `en`.
    fn template(&self, locale: Option<&str>) -> &Template {
        let Some(locale) = locale else {
            return &self.texts[self.english].1;
        };
        let wanted = tag(locale);
        let mut wanted = wanted.as_str();
        loop {
            if let Some((_, template)) = self.texts.iter().find(|(language, _)| language == wanted) {
                return template;
            }
            wanted = match wanted.rsplit_once('-') {
                Some((shorter, _)) => shorter,
                None => "en",
            };
        }
    }
}

fn tag(language: &str) -> String {
    language.to_ascii_lowercase().replace('_', "-")
}

/// A text that goes into messages: one line, without what could hide or reorder other text.
fn check_line(field: &str, text: &str, most: usize) -> Result<String> {
    if text.chars().count() > most || text.chars().any(template::is_hidden) {
        let sentence = format!("at most {most} characters, without line ends, control or invisible characters");
        return Err(Error::invalid_settings(field, sentence));
    }
    Ok(text.to_owned())
}

fn check_host(host: &str) -> Result<String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    if (1..=253).contains(&host.len()) && host.bytes().all(fits) {
        Ok(host.to_owned())
    } else {
        Err(Error::invalid_settings(
            "web_host",
            "a host name in small letters, without scheme, port or path: \"example.com\"",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Alphabet;

    fn render(messages: &Messages, locale: Option<&str>) -> String {
        let code = Code::parse("042424", Alphabet::Digits).ok().unwrap();
        messages
            .render(locale, &Channel::SMS, &code, 300_000, &BTreeMap::new())
            .unwrap()
    }

    #[test]
    fn the_nearest_language_serves() {
        let own = IndexMap::from([("zh-TW".to_owned(), "驗證碼 {code}".to_owned())]);
        let messages = Messages::new("Acme", &own, None).unwrap();
        assert_eq!(
            render(&messages, None),
            "042424 is your Acme code. It is valid for 5 min."
        );
        assert_eq!(render(&messages, Some("zh_tw")), "驗證碼 042424");
        assert_eq!(
            render(&messages, Some("zh-CN")),
            "【Acme】您的验证码是 042424，5 分钟内有效。"
        );
        assert_eq!(render(&messages, Some("xx")), render(&messages, None));
    }

    #[test]
    fn the_website_line_is_the_last() {
        let messages = Messages::new("", &IndexMap::new(), Some("example.com")).unwrap();
        assert_eq!(render(&messages, None).lines().last(), Some("@example.com #042424"));
        for hostile in [
            "",
            "https://example.com",
            "example.com:80",
            "example.com\n",
            "EXAMPLE.com",
        ] {
            assert!(
                Messages::new("", &IndexMap::new(), Some(hostile)).is_err(),
                "{hostile:?}"
            );
        }
    }
}
