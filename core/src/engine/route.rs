//! Which providers serve a recipient.

use crate::settings::RouteSettings;
use crate::types::{Channel, Country, Purpose};

/// The names of the providers of the first route that fits, in order; `None` if none does.
pub(crate) fn choose<'r>(
    routes: &'r [RouteSettings],
    country: Option<Country>,
    channel: &Channel,
    purpose: &Purpose,
) -> Option<&'r [String]> {
    let fits = |route: &&RouteSettings| {
        let country_fits = route.country.is_empty() || country.is_some_and(|country| route.country.contains(&country));
        let channel_fits = route.channel.is_empty() || route.channel.contains(channel);
        let purpose_fits = route.purpose.is_empty() || route.purpose.iter().any(|name| name == purpose.as_str());
        country_fits && channel_fits && purpose_fits
    };
    routes.iter().find(fits).map(|route| route.r#use.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_route_that_fits_wins_and_mail_fits_no_country() {
        let (nl, be) = (Country::parse("NL").unwrap(), Country::parse("BE").unwrap());
        let routes = [
            RouteSettings {
                purpose: vec!["payment".into()],
                ..RouteSettings::over(["safe"])
            },
            RouteSettings::over(["a", "b"]).countries([nl]),
            RouteSettings::over(["mail"]).channels([Channel::EMAIL]),
        ];
        let (login, payment) = (Purpose::parse("login").unwrap(), Purpose::parse("payment").unwrap());
        assert_eq!(choose(&routes, Some(nl), &Channel::SMS, &login).unwrap(), ["a", "b"]);
        assert_eq!(choose(&routes, Some(be), &Channel::SMS, &payment).unwrap(), ["safe"]);
        assert_eq!(choose(&routes, None, &Channel::EMAIL, &login).unwrap(), ["mail"]);
        assert_eq!(choose(&routes, Some(be), &Channel::SMS, &login), None);
    }
}
